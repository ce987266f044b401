import { randomBytes } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { singleFlight } from '@rewards/async';
import { APPLICATIONS, type ApplicationName } from '@rewards/contracts';
import type { Logger } from '@rewards/service-kit/logger';
import { applicationHeaders, type HeaderTable } from '@rewards/service-kit/security-headers';
import { rejected } from '../gateway.problems';

/** Returns the application to which a path belongs, also if no file has the path; null for other paths. */
export const applicationAt = (path: string): ApplicationName | null =>
  APPLICATIONS.find((name) => path === `/${name}` || path.startsWith(`/${name}/`)) ?? null;

/** What to send for a path. */
export interface Content {
  readonly headers: HeaderTable;
  readonly bytes: Buffer;
}

/** Returns the content of a path of an application. @throws Rejected NOT_BUILT; NO_SUCH_PAGE for an asset that does not exist */
export type LoadContent = (path: string, acceptEncoding: string | undefined) => Promise<Content>;

interface File {
  readonly type: string;
  readonly bytes: Buffer;
  /** Compressed contents, by the name of their coding. */
  readonly compressed: ReadonlyMap<Coding, Buffer>;
}

/** An application in memory. All its files have fewer than 3 MB. */
interface Application {
  readonly page: string;
  /** All files but the page, by URL path. */
  readonly files: ReadonlyMap<string, File>;
}

/** The codings of compressed files in the order of preference, with the ends of their names. */
const CODINGS = { br: '.br', gzip: '.gz' } as const;
type Coding = keyof typeof CODINGS;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};

const PAGE = 'index.html';
const RETRY_MS = 1_000;

/**
 * Serves the built applications from memory. They are read once, so a client's path is never used as a file path, and a later
 * build does not remove a file that an open page still loads. An application that is not built is looked for again later.
 * @param folder with one folder for each application
 */
export const createApplications = async (folder: string, logger: Logger): Promise<LoadContent> => {
  const loaderOf = (name: ApplicationName) =>
    singleFlight(
      () => readApplication(name, join(folder, name)),
      (application) => (application ? Number.POSITIVE_INFINITY : RETRY_MS),
    );
  const loaders: Readonly<Record<ApplicationName, () => Promise<Application | null>>> = {
    console: loaderOf('console'),
    play: loaderOf('play'),
  };
  for (const name of APPLICATIONS) {
    if (!(await loaders[name]()))
      logger.warn(`/${name} is not built, so it answers 503. Build it with "node console/build.mjs".`);
  }
  return async (path, acceptEncoding) => {
    const name = applicationAt(path);
    if (!name) throw rejected('NO_SUCH_PAGE');
    const application = await loaders[name]();
    if (!application) throw rejected('NOT_BUILT', { application: name });
    const file = application.files.get(path);
    if (file) return contentOf(file, isAsset(name, path), acceptEncoding);
    if (isAsset(name, path)) throw rejected('NO_SUCH_PAGE');
    return pageOf(application);
  };
};

/** Whether a path is below the folder of files that have a hash of their content in their names. */
const isAsset = (name: ApplicationName, path: string): boolean => path.startsWith(`/${name}/assets/`);

/** The placeholder in the page for the nonce of the Content-Security-Policy. */
const NONCE = '__CSP_NONCE__';

/** Returns the page, with a nonce of its own for inline styles. */
const pageOf = ({ page }: Application): Content => {
  const nonce = randomBytes(16).toString('base64url');
  const type = { 'content-type': TYPES['.html'] as string };
  return { headers: { ...applicationHeaders(nonce), ...type }, bytes: Buffer.from(page.replaceAll(NONCE, nonce)) };
};

const contentOf = ({ type, bytes, compressed }: File, isHashed: boolean, acceptEncoding = ''): Content => {
  const coding = ([...compressed.keys()] as const).find((name) => accepts(acceptEncoding, name));
  return {
    headers: {
      'content-type': type,
      'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'Accept-Encoding',
      ...(coding && { 'content-encoding': coding }),
    },
    bytes: (coding && compressed.get(coding)) ?? bytes,
  };
};

/** Whether an `Accept-Encoding` header accepts a coding: RFC 9110, section 12.5.3. */
const accepts = (header: string, coding: Coding): boolean => {
  const weights = new Map(
    header.split(',').map((item) => {
      const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
      return [name, Number(weight)];
    }),
  );
  return (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
};

/** @returns null if the application is not built */
const readApplication = async (name: ApplicationName, folder: string): Promise<Application | null> => {
  const paths = await pathsIn(folder);
  if (!paths.includes(PAGE)) return null;
  const read = (path: string): Promise<Buffer> => readFile(join(folder, path));
  const fileOf = async (path: string): Promise<File> => {
    const codings = (Object.keys(CODINGS) as Coding[]).filter((coding) => paths.includes(path + CODINGS[coding]));
    return {
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      bytes: await read(path),
      compressed: new Map(
        await Promise.all(codings.map(async (coding) => [coding, await read(path + CODINGS[coding])] as const)),
      ),
    };
  };
  const isServed = (path: string): boolean => path !== PAGE && !Object.values(CODINGS).some((end) => path.endsWith(end));
  const urlOf = (path: string): string => `/${name}/${path.split(sep).map(encodeURIComponent).join('/')}`;
  return {
    page: (await read(PAGE)).toString(),
    files: new Map(await Promise.all(paths.filter(isServed).map(async (path) => [urlOf(path), await fileOf(path)] as const))),
  };
};

/** Returns the paths of the regular files below a folder, relative to it; none if it does not exist. */
const pathsIn = async (folder: string): Promise<readonly string[]> => {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
};
