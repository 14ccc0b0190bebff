import type { Section } from './report';
import type { Scale } from './scale';
import type { Source } from './streams';

/** What all parts share. */
export interface Bench {
  readonly scale: Scale;
  /** AMLSim, or why it is absent. */
  readonly amlsim: { readonly file: string } | { readonly absent: string };
  /** A folder that is removed at the end. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export type Measure = (bench: Bench) => Promise<Section[]>;

/** What takes the place of AMLSim where figures compare with one another, not with a target. */
export const sourceOf = ({ amlsim, scale }: Bench): Source =>
  'file' in amlsim ? amlsim : { sampleCustomers: scale.sampleCustomers };
export const nameOf = ({ amlsim }: Bench): string =>
  'file' in amlsim ? 'AMLSim' : 'sample portfolio';

export const count = (n: number): string => Math.round(n).toLocaleString('en');
export const ratioTo = (ours: number, theirs: number): string =>
  `ours is ${(ours / theirs).toFixed(ours < theirs ? 2 : 1)} x of it`;
