import type {
  DirectDocument,
  FeatureDocument,
  ItemDocument,
  ListDocument,
  ListRow,
  MethodologyDocument,
} from '@tidemark/rating/methodology/document';
import { WORDS, type Language, type Words } from './methodology-words';
import { oneLine, scoreLines } from './score-words';
import { table, wrapped } from './text-layout';

interface Shown {
  readonly document: MethodologyDocument;
  readonly language: Language;
  readonly words: Words;
}

/** A methodology for the eyes: everything the document says, in the order in which it is applied. */
export function methodologyTable(document: MethodologyDocument, language: Language): string {
  const shown: Shown = { document, language, words: WORDS[language] };
  const { words } = shown;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [words.segments, segments(shown)],
    [words.attributes, table(attributes(shown))],
    [words.grades, grades(shown)],
    [words.review, review(shown)],
    [words.elements, elements(shown)],
    [
      words.items,
      Object.entries(document.items).flatMap(([id, item]) => itemLines(id, item, shown)),
    ],
    [words.highest, (document.direct?.highest ?? []).flatMap((rule) => directLines(rule, shown))],
    [words.lowest, lowest(shown)],
    [words.caps, caps(shown)],
    [words.marks, marks(shown)],
    [words.definitions, definitions(document)],
    [words.features, table(features(shown))],
    [
      words.lists,
      Object.entries(document.lists ?? {}).flatMap(([id, list]) => listLines(id, list, shown)),
    ],
    [words.governance, governance(document)],
    [words.personas, personas(shown)],
  ];
  return [
    ...head(shown),
    ...sections
      .filter(([, lines]) => lines.length > 0)
      .flatMap(([title, lines]) => ['', title, ...lines]),
  ].join('\n');
}

function head({ document, language, words }: Shown): string[] {
  const { id, version, title, description, levels, timeZone, framework } = document;
  const facts = [`${words.levels} ${levels}`, `${words.timeZone} ${timeZone}`];
  if (framework !== undefined) facts.push(`${words.framework} ${framework}`);
  return [
    ...wrapped(`${id}@${version}  ${title[language]}`, 0),
    ...(description === undefined ? [] : wrapped(oneLine(description), 0, 0)),
    ...wrapped(facts.join(words.semicolon), 0),
  ];
}

function segments({ document, words }: Shown): string[] {
  const rows = Object.entries(document.segments).map(([id, is]) => [id, oneLine(is)]);
  const { segmentTask: task } = document;
  return table(task === undefined ? rows : [...rows, [words.noSegment, `${words.task} ${task}`]]);
}

const attributes = ({ document, language }: Shown): string[][] =>
  Object.entries(document.attributes ?? {}).map(([name, { type, values, title }]) => [
    name,
    values === undefined ? type : values.join(' | '),
    title?.[language] ?? '',
  ]);

function grades({ document, language, words }: Shown): string[] {
  const rows = document.bands.map(({ grade, from }) => [
    String(grade),
    document.grades[String(grade)]?.[language] ?? '',
    String(from),
    String(document.review?.months[String(grade)] ?? '-'),
    document.measures?.[String(grade)]?.join(', ') ?? '-',
  ]);
  return table([[words.grade, '', words.from, words.reviewMonths, words.measures], ...rows]);
}

function review({ document, words }: Shown): string[] {
  const { firstReviewMonths, initialWorkingDays } = document.review ?? {};
  const { firstRating } = document;
  return [
    ...(firstRating === undefined ? [] : wrapped(words.waitHours(firstRating.waitHours), 2)),
    ...(firstReviewMonths === undefined ? [] : wrapped(words.firstReview(firstReviewMonths), 2)),
    ...(initialWorkingDays === undefined ? [] : wrapped(words.initial(initialWorkingDays), 2)),
  ];
}

/** Weights total exactly, so sums are shown without the noise of binary fractions. */
const SHOWN_DECIMALS = 4;
const weightText = (weight: number): string => String(Number(weight.toFixed(SHOWN_DECIMALS)));

function elements({ document, language, words }: Shown): string[] {
  const segments = Object.keys(document.segments);
  const sum = (element: string | undefined, segment: string): number =>
    Object.values(document.items)
      .filter((item) => item.adopted !== false && (element ?? item.element) === item.element)
      .reduce((total, item) => total + (item.weight?.[segment] ?? 0), 0);
  const row = (id: string, title: string, element: string | undefined): string[] => [
    id,
    title,
    ...segments.map((segment) => weightText(sum(element, segment))),
  ];
  return table([
    ['', '', ...segments],
    ...Object.entries(document.elements).map(([id, { title }]) => row(id, title[language], id)),
    row('', words.total, undefined),
  ]);
}

function itemLines(id: string, item: ItemDocument, { document, language, words }: Shown): string[] {
  const weights = Object.entries(item.weight ?? {}).map(
    ([segment, weight]) => `${segment} ${weightText(weight)}`,
  );
  const use = item.adopted === false ? [words.notAdopted] : weights;
  const { missing, required, rationale, reason, score } = item;
  const lines = [
    ...wrapped(
      [id, item.title[language], use.join(', '), `[${item.rules.join(', ')}]`].join('  '),
      2,
    ),
    ...scoreLines(score, document, words, 6),
  ];
  const labelled = (label: string, text: string): string[] =>
    wrapped(label + words.colon + text, 6, 4);
  if (required !== undefined) lines.push(...labelled(words.needs, oneLine(required)));
  if (missing !== undefined) {
    const task =
      missing.task === undefined ? '' : `${words.semicolon}${words.task} ${missing.task}`;
    lines.push(...wrapped(words.missing(missing.score) + task, 6));
  }
  const why = reason ?? rationale;
  if (why !== undefined) lines.push(...labelled(words.why, oneLine(why)));
  return lines;
}

function directLines({ rule, title, when }: DirectDocument, { language }: Shown): string[] {
  return [...wrapped(`${rule}  ${title?.[language] ?? ''}`, 2), ...wrapped(oneLine(when), 6, 4)];
}

function lowest(shown: Shown): string[] {
  const rule = shown.document.direct?.lowest;
  if (rule === undefined) return [];
  return [
    ...directLines(rule, shown),
    ...wrapped(shown.words.unless + shown.words.colon, 2),
    ...rule.unless.flatMap((unless) => directLines(unless, shown)),
  ];
}

function caps(shown: Shown): string[] {
  const { document, language, words } = shown;
  return (document.caps ?? []).flatMap((cap) => {
    const grade = `${cap.grade} ${document.grades[String(cap.grade)]?.[language] ?? ''}`;
    return [...directLines(cap, shown), ...wrapped(words.atLeastGrade(grade), 6)];
  });
}

function marks({ document, words }: Shown): string[] {
  const rows = Object.entries(document.marks ?? {}).map(([mark, when]) => [mark, oneLine(when)]);
  const unconfirmed = (document.governance?.confirmedBy ?? '') === '';
  return table(unconfirmed ? [...rows, ['unconfirmed-default', words.unconfirmed]] : rows);
}

const definitions = ({ define }: MethodologyDocument): string[] =>
  Object.entries(define ?? {}).flatMap(([name, { params, is }]) => {
    const signature = params === undefined ? name : `${name}(${Object.keys(params).join(', ')})`;
    return wrapped(`${signature} = ${oneLine(is)}`, 2, 4);
  });

const features = ({ document, language }: Shown): string[][] =>
  Object.entries(document.features ?? {}).map(([name, feature]) => [
    name,
    [feature.title?.[language], featureText(feature)].filter(Boolean).join('  '),
  ]);

/** A feature as the document writes it, on one line. */
function featureText(feature: FeatureDocument): string {
  return Object.entries(feature)
    .filter(([key]) => key !== 'title')
    .map(([key, value]) => {
      if (value === true) return key;
      return `${key} ${Array.isArray(value) ? `[${value.join(', ')}]` : oneLine(String(value))}`;
    })
    .join(', ');
}

function listLines(id: string, list: ListDocument, { language, words }: Shown): string[] {
  const rows = Array.isArray(list.rows)
    ? list.rows.map(String)
    : Object.entries(list.rows).map(([key, row]) => `${key} ${rowText(row)}`);
  if (list.default !== undefined) rows.push(`${words.otherwise} ${rowText(list.default)}`);
  return [
    ...wrapped(`${id}  ${list.title?.[language] ?? ''}`, 2),
    ...(list.note === undefined ? [] : wrapped(oneLine(list.note), 6, 0)),
    ...wrapped(rows.join('; '), 6, 0),
  ];
}

const rowText = (row: ListRow): string =>
  typeof row === 'number'
    ? `= ${row}`
    : `(${Object.entries(row)
        .map(([field, value]) => `${field} ${String(value)}`)
        .join(', ')})`;

function governance({ governance: who }: MethodologyDocument): string[] {
  const { deviations = [], outsourcing, ...fields } = who ?? {};
  const rows = Object.entries(fields).map(([field, value]) => [field, value === '' ? '-' : value]);
  for (const { rule, method, process: how, conclusion } of deviations) {
    rows.push([`deviation ${rule}`, [method, how, conclusion].join('; ')]);
  }
  if (outsourcing !== undefined) {
    rows.push(['outsourcing', `${outsourcing.agreementId}, ${outsourcing.approvalId}`]);
  }
  return table(rows);
}

const personas = ({ document, language, words }: Shown): string[] =>
  table(
    (document.personas ?? []).map(({ name, title, expect }) => [
      name,
      `${words.grade} ${expect.grade}`,
      title?.[language] ?? '',
    ]),
  );
