import { dayOf } from './calendar';
import { isEmpty } from './factors/buckets';
import type { Methodology } from './methodology/methodology';
import type { CustomerState } from './state';

/** A state without what is derived and without the order of maps. */
export function plainState(methodology: Methodology, state: CustomerState): object {
  const oldest = dayOf(methodology.zone, state.asOf) - methodology.horizonDays + 1;
  const live = [];
  const { slots } = state.identities;
  for (let at = 0; at < slots.length; at += 4) {
    const day = (slots[at + 3] ?? 0) >> 3;
    const permanent = ((slots[at + 3] ?? 0) & 4) !== 0;
    if (slots[at] === 0 && slots[at + 1] === 0) continue;
    if (permanent || day >= oldest) live.push([...slots.slice(at, at + 4)].join());
  }
  const sorted = (map: ReadonlyMap<string, unknown> | undefined): unknown =>
    map && [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...state,
    identities: live.sort(),
    places: undefined,
    profileText: undefined,
    resultsText: undefined,
    tidyOn: undefined,
    profile: sorted(state.profile),
    links: sorted(state.links),
    untils: [...state.untils],
    series: state.series
      .map((series, index) => ({
        index,
        single: series?.single && { ...series.single, totals: undefined },
        groups: series?.groups?.keys.map((key, i) => [
          key,
          { ...series.groups?.buckets[i], totals: undefined },
        ]),
      }))
      .filter(({ single, groups }) => {
        const none = single === undefined || isEmpty({ ...single, totals: null });
        return !none || (Array.isArray(groups) && groups.length > 0);
      }),
    published: { ...state.published, tasks: [...state.published.tasks].sort() },
  };
}
