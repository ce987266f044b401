import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Returns the message of `npm start` when all services are ready: the addresses, the first administrator, and commands to try.
 * It contains the password only on a terminal, because other output may be stored in a file or by a log collector.
 */
export const welcome = ({ url, dataDir, env, isTerminal }) => {
  const passwordFile = join(dataDir, 'initial-admin-password');
  // auth-service removes the file when its password is no longer valid.
  const hasPasswordFile = existsSync(passwordFile);
  const email = emailOf(dataDir) ?? (env.ADMIN_EMAIL?.trim().toLowerCase() || 'admin@example.com');
  return [
    '',
    `Ready on ${url}`,
    `  Console  ${url}/console`,
    `  Players  ${url}/play`,
    `  API      ${url}/api-docs`,
    ...(hasPasswordFile ? [firstAdministrator(email, passwordFile, isTerminal)] : []),
    '',
    'To try it, in another terminal:',
    ...(hasPasswordFile ? asAdministrator(url, email, passwordFile) : asAnyone(url)),
    '',
  ].join('\n');
};

/** Returns the e-mail address of the first administrator. `ADMIN_EMAIL` may have changed since the first start. */
const emailOf = (dataDir) => {
  const emailFile = join(dataDir, 'first-admin-email');
  return existsSync(emailFile) ? readFileSync(emailFile, 'utf8').trim() : null;
};

const firstAdministrator = (email, passwordFile, isTerminal) =>
  isTerminal
    ? `First administrator: ${email}, password ${readFileSync(passwordFile, 'utf8').trim()}`
    : `First administrator: ${email}, password in ${passwordFile}`;

const asAdministrator = (url, email, passwordFile) => [
  `  TOKEN=$(curl -s ${url}/auth/login -H 'content-type: application/json' \\`,
  `    -d "{\\"email\\":\\"${email}\\",\\"password\\":\\"$(cat '${passwordFile}')\\"}" | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`,
  `  curl -s ${url}/auth/me -H "authorization: Bearer $TOKEN"`,
  `  curl -s ${url}/events -H "authorization: Bearer $TOKEN"`,
];

const asAnyone = (url) => [
  `  curl -s ${url}/health`,
  `  curl -s ${url}/auth/register -H 'content-type: application/json' -d '{"email":"player@example.com","password":"log in 3 times"}'`,
];
