/** A listener with TLS and passwords, behind which rights hold; without any, nobody may do anything. */
export interface Secured {
  /** A PEM file: the key, then the certificates; read at each start of the broker. */
  readonly certificate: string;
  /** Passwords (SCRAM-SHA-512) by user, from the beginning. */
  readonly users: Readonly<Record<string, string>>;
  /** May do everything, as whoever comes by the open listeners. */
  readonly admin: string;
}

export const LISTENER = 'SECURED';
export const PROTOCOL = 'SASL_SSL';
const OF_LISTENER = 'listener.name.secured';

/** Lines of server.properties. */
export const securedProperties = ({ certificate, admin }: Secured): Record<string, string> => ({
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': `User:ANONYMOUS;User:${admin}`,
  [`${OF_LISTENER}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512',
  [`${OF_LISTENER}.scram-sha-512.sasl.jaas.config`]:
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
  [`${OF_LISTENER}.ssl.keystore.type`]: 'PEM',
  [`${OF_LISTENER}.ssl.keystore.location`]: certificate,
});

/** For the tool that makes the folder of a broker. */
export const securedFormat = ({ users }: Secured): string[] =>
  Object.entries(users).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password},iterations=4096]`,
  ]);
