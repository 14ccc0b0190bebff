import { OVERVIEW, PARTITION } from './operations';
import type { Dashboard, Panel } from './panels';
import { RATINGS, REVIEWS } from './portfolio';

export const DASHBOARDS: readonly Dashboard[] = [OVERVIEW, PARTITION, RATINGS, REVIEWS];

const SOURCE = { type: 'prometheus', uid: 'prometheus' };
/** Of Grafana's 24 columns. */
const WIDE = 8;
const NARROW = 6;
const HIGH = 7;
const LOW = 4;

/** The file of a dashboard, as Grafana 11 reads it. */
export function grafanaJson({ id, title, byPartition, panels }: Dashboard): string {
  const model = {
    uid: `tidemark-${id}`,
    title,
    tags: ['tidemark'],
    editable: false,
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: { list: byPartition === true ? [PARTITION_CHOICE] : [] },
    panels: placed(panels),
  };
  return `${JSON.stringify(model, undefined, 2)}\n`;
}

const PARTITION_CHOICE = {
  name: 'partition',
  type: 'query',
  datasource: SOURCE,
  query: { query: 'label_values(tidemark_partition_phase, partition)', refId: 'partition' },
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
  sort: 3,
};

/** From left to right, and on to the next row where there is no room. */
function placed(panels: readonly Panel[]): object[] {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return panels.map((panel, index) => {
    const w = panel.isNumber === true ? NARROW : WIDE;
    const h = panel.isNumber === true ? LOW : HIGH;
    if (x + w > 24 || (rowHeight !== 0 && rowHeight !== h)) {
      x = 0;
      y += rowHeight;
      rowHeight = 0;
    }
    const gridPos = { x, y, w, h };
    x += w;
    rowHeight = h;
    return panelJson(panel, index + 1, gridPos);
  });
}

const panelJson = (
  { title, about, unit, queries, isNumber }: Panel,
  id: number,
  gridPos: object,
): object => ({
  id,
  title,
  description: about,
  type: isNumber === true ? 'stat' : 'timeseries',
  datasource: SOURCE,
  gridPos,
  fieldConfig: { defaults: { unit, min: unit === 'percentunit' ? 0 : null }, overrides: [] },
  targets: queries.map(({ expr, legend }, at) => ({
    refId: String.fromCharCode(65 + at),
    datasource: SOURCE,
    expr,
    legendFormat: legend,
  })),
});
