import { minorUnits } from '@tidemark/schemas/currencies';

/** A value, or in words why there is none; never with the text itself, which is customer data. */
export type Reading = number | string;

export interface DecimalStyle {
  /** What stands between units and decimals. */
  readonly point: string;
  /** What stands between groups of three digits; undefined: nothing may. */
  readonly grouping?: string | undefined;
  /** Whether decimals beyond the currency's are rounded half up (away from zero); else refused. */
  readonly halfUp: boolean;
}

export const PLAIN_DECIMAL: DecimalStyle = { point: '.', halfUp: false };

const DIGITS = /^\d+$/;
const GROUPS = /^\d{1,3}(?:\u0000\d{3})+$/;

/** Decimal text to minor units of a currency (CNY: fen), exact; zeros beyond the scale are exact. */
export function moneyOf(text: string, currency: string, style: DecimalStyle): Reading {
  const scale = minorUnits(currency);
  if (scale === undefined) return 'the currency is no ISO 4217 code with a minor unit';
  return scaled(text, scale, style);
}

/** Decimal text times 10^scale, as an integer. */
export function scaled(text: string, scale: number, style: DecimalStyle): Reading {
  const negative = text.startsWith('-');
  const bare = negative || text.startsWith('+') ? text.slice(1) : text;
  const cut = bare.indexOf(style.point);
  const units = ungrouped(cut < 0 ? bare : bare.slice(0, cut), style.grouping);
  const decimals = cut < 0 ? '' : bare.slice(cut + 1);
  if (units === undefined || (cut >= 0 && !DIGITS.test(decimals))) {
    const grouping = style.grouping === undefined ? '' : `, groups of three by '${style.grouping}'`;
    return `is no decimal number (point '${style.point}'${grouping})`;
  }
  const beyond = decimals.slice(scale);
  if (/[1-9]/.test(beyond) && !style.halfUp) {
    return `has more than ${scale} decimals; mend it, or state round: half-up in the mapping`;
  }
  const kept = BigInt(units + decimals.slice(0, scale).padEnd(scale, '0'));
  const rounded = style.halfUp && beyond >= '5' ? kept + 1n : kept;
  const value = Number(rounded);
  if (!Number.isSafeInteger(value)) return 'is too large to be kept exactly';
  return negative && value !== 0 ? -value : value;
}

function ungrouped(text: string, grouping: string | undefined): string | undefined {
  if (DIGITS.test(text)) return text;
  if (grouping === undefined || !text.includes(grouping)) return undefined;
  const marked = text.replaceAll(grouping, '\u0000');
  return GROUPS.test(marked) ? marked.replaceAll('\u0000', '') : undefined;
}

/** Integer text, exact. */
export function integerOf(text: string): Reading {
  if (!/^[+-]?\d+$/.test(text)) return 'is no integer';
  const value = Number(text);
  if (!Number.isSafeInteger(value)) return 'is too large to be kept exactly';
  return value === 0 ? 0 : value;
}

/**
 * Minor units of one currency in minor units of another, rounded half up, at a decimal rate
 * (units of `to` for one unit of `from`).
 */
export function exchanged(amount: bigint, from: string, to: string, rate: string): Reading {
  const fromScale = minorUnits(from);
  const toScale = minorUnits(to);
  if (fromScale === undefined || toScale === undefined) return 'a currency has no minor unit';
  const m = /^(\d+)(?:\.(\d+))?$/.exec(rate);
  if (m === null) return 'the rate is no decimal number';
  const decimals = m[2] ?? '';
  const negative = amount < 0n;
  const product =
    (negative ? -amount : amount) * BigInt(`${m[1] ?? ''}${decimals}`) * 10n ** BigInt(toScale);
  const divisor = 10n ** BigInt(decimals.length + fromScale);
  const value = Number((2n * product + divisor) / (2n * divisor));
  if (!Number.isSafeInteger(value)) return 'is too large to be kept exactly';
  return negative && value !== 0 ? -value : value;
}
