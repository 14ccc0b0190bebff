/** How the text of a configuration field is read. A refusal never repeats the text: it may be a secret. */
export interface Kind<T> {
  /** What a person has to write. */
  readonly expected: string;
  /** Undefined: it is not what is expected. */
  readonly parse: (text: string) => T | undefined;
  readonly print: (value: T) => string;
}

export interface Address {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

const PORT_MAX = 65_535;

export const text = (pattern: RegExp, expected: string): Kind<string> => ({
  expected,
  parse: (given) => (pattern.test(given) ? given : undefined),
  print: (value) => value,
});

export const words: Kind<string> = text(/\S/, 'a text that is not empty');

export const integer = (low: number, high: number): Kind<number> => ({
  expected: `a whole number from ${low} to ${high}`,
  parse: (given) => {
    const value = Number(given);
    return /^\d+$/.test(given) && value >= low && value <= high ? value : undefined;
  },
  print: String,
});

export const flag: Kind<boolean> = {
  expected: 'true or false',
  parse: (given) => (given === 'true' ? true : given === 'false' ? false : undefined),
  print: String,
};

export const choice = <const T extends string>(all: readonly T[]): Kind<T> => ({
  expected: `one of ${all.join(', ')}`,
  parse: (given) => all.find((one) => one === given),
  print: (value) => value,
});

/** `[::1]:9092`, `kafka-1:9092`. */
export const address: Kind<Address> = {
  expected: 'host:port',
  parse: (given) => {
    const [, ipv6, name, digits] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@]+)):(\d{1,5})$/.exec(given) ?? [];
    const host = ipv6 ?? name;
    const port = Number(digits);
    return host === undefined || port > PORT_MAX ? undefined : { host, port };
  },
  print: ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`,
};

/** The same as a text. */
export const broker: Kind<string> = {
  expected: address.expected,
  parse: (given) => (address.parse(given) === undefined ? undefined : given),
  print: (value) => value,
};

/** Separated by commas, or a sequence in the file. */
export const list = <T>(kind: Kind<T>): Kind<readonly T[]> => ({
  expected: `${kind.expected}, several separated by commas`,
  parse: (given) => {
    const values: T[] = [];
    for (const part of given.split(',')) {
      const value = kind.parse(part.trim());
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  },
  print: (values) => values.map(kind.print).join(','),
});

/** An address with a scheme. One that holds a password would be printed with it: refused. */
export const url = (...schemes: readonly string[]): Kind<string> => ({
  expected: `an address that begins with ${schemes.map((one) => `${one}://`).join(' or ')}, without user and password`,
  parse: (given) => {
    if (!URL.canParse(given)) return undefined;
    const { protocol, username, password } = new URL(given);
    if (!schemes.includes(protocol.slice(0, -1)) || username !== '' || password !== '') {
      return undefined;
    }
    return given.replace(/\/+$/, '');
  },
  print: (value) => value,
});

/** Certificates and keys. */
export const pem: Kind<string> = {
  expected: 'a PEM text (-----BEGIN ...)',
  parse: (given) => (/-----BEGIN [A-Z0-9 ]+-----/.test(given) ? given : undefined),
  print: (value) => value.split('\n')[0] ?? '',
};
