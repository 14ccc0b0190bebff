/** Version of the record schemas, the v1 of their namespace. */
export const SCHEMAS_VERSION = '1';
