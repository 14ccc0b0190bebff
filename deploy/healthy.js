'use strict';

// For health checks of containers: exit code 0 when the address answers with 2xx. The image has no curl.
// Without an address: the processor's, else the HTTP interface's, whichever is there.
const http = require('node:http');
const https = require('node:https');

const [, , url] = process.argv;
const own = ['http://127.0.0.1:9464', 'http://127.0.0.1:8080', 'https://127.0.0.1:8080'].map(
  (address) => `${address}/healthz`,
);

const asks = (address) =>
  new Promise((resolve, reject) => {
    const { get } = address.startsWith('https:') ? https : http;
    // its own process is asked: whoever signed the certificate
    const options = { rejectUnauthorized: false, signal: AbortSignal.timeout(2_000) };
    get(address, options, ({ statusCode }) =>
      statusCode >= 200 && statusCode < 300 ? resolve() : reject(new Error('not healthy')),
    ).on('error', reject);
  });

Promise.any((url === undefined ? own : [url]).map(asks)).then(
  () => process.exit(0),
  () => process.exit(1),
);
