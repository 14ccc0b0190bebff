/** Version of the rating core: results of another version may differ. */
export const RATING_VERSION = '0.1.0';
