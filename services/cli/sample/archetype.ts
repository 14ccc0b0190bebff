import type { ProfileAttributes } from '@tidemark/schemas/records';
import type { Diary } from './diary';
import type { Habit } from './habits';
import type { Random } from './random';

/** Something that happens to a customer, beginning on a day. */
export type Story = (diary: Diary, day: number) => void;

/** A kind of customer of the sample. */
export interface Archetype {
  readonly name: string;
  /** How many customers, of about a thousand. */
  readonly share: number;
  /** Natural persons: age in years, least and most, at the start. */
  readonly years?: readonly [number, number];
  /** Firms: months since foundation, least and most, at the start. */
  readonly months?: readonly [number, number];
  /** Net financial assets, whole yuan, least and most. */
  readonly assets?: readonly [number, number];
  /** What the profile says beyond what every person or firm has. */
  readonly profile: (random: Random) => ProfileAttributes;
  readonly habits: readonly Habit[];
  /** Which stories happen to each n-th customer of the kind: [story, n]. */
  readonly stories: readonly (readonly [Story, number])[];
}
