/**
 * ISO 4217, currencies and fund codes that have a minor unit, by number of decimals: those active in
 * 2026-01, and those withdrawn since 2020, for old postings still arrive (ANG BGN CUC HRK SLL ZWL).
 * Metals, units of account and test codes have no minor unit, so no amount can be stated in them.
 */
const BY_DECIMALS: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN
    BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
    LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
    PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB
    TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const DECIMALS: ReadonlyMap<string, number> = new Map(
  Object.entries(BY_DECIMALS).flatMap(([decimals, codes]) =>
    codes.split(/\s+/).map((code) => [code, Number(decimals)] as const),
  ),
);

/** The codes, for tables and tests. */
export const CURRENCY_CODES: readonly string[] = [...DECIMALS.keys()];

/** Whether it is a currency in which an amount can be stated. */
export function isCurrency(code: string): boolean {
  return DECIMALS.has(code);
}

/** Number of decimals of a currency (CNY 2, JPY 0, KWD 3); undefined for an unknown code. */
export function minorUnits(code: string): number | undefined {
  return DECIMALS.get(code);
}
