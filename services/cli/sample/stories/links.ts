import type { LinkFact } from '@tidemark/schemas/records';
import type { Story } from '../archetype';

/** A pattern is met, and some weeks later no more. */
const seen =
  (pattern: LinkFact['pattern'], least: number, most: number): Story =>
  (diary, day) => {
    diary.link(day, pattern, true, diary.random.between(3, 8));
    diary.link(day + diary.random.between(least, most), pattern, false, 1);
  };

/** One device works the accounts of several customers (E-B2.1). */
export const sharedDevice = seen('B2.1', 20, 60);
/** One IP address for several customers on one date (E-B2.3). */
export const sharedIp = seen('B2.3', 5, 40);
/** The account was opened by somebody who often does that for others (E-B4.1). */
export const busyAgent = seen('B4.1', 60, 200);
/** One agent, several accounts (E-B4.3). */
export const agentWithAccounts = seen('B4.3', 60, 120);
/** The telephone of three customers who are no relatives (E-B4.4). */
export const sharedPhone = seen('B4.4', 10, 90);
/** An owner is a customer who is listed or exposed himself (X-H3). */
export const exposedOwner = seen('X-H3', 15, 80);

/** Several at once, as in an office that runs accounts for others. */
export const callCentre: Story = (diary, day) => {
  sharedDevice(diary, day);
  sharedIp(diary, day + 2);
  sharedPhone(diary, day + 5);
};
