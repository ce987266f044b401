import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSettings, type Settings } from '@rewards/service-kit';
import { openDocumentStore } from '@rewards/service-kit/engines';

/** Returns the settings of a run's processes. */
export const settingsOf = (dataDir: string, engines: NodeJS.ProcessEnv): Settings =>
  readSettings({ ...engines, DATA_DIR: dataDir });

const ACCOUNT_COLLECTIONS = ['accounts', 'accountDirectory', 'sessions', 'failedLogins', 'admins'];
const PAGE = 500;

/** Finds texts of erased accounts in the files of the embedded engines, or in the documents of the accounts database. */
export const tracesOf = async (texts: readonly string[], settings: Settings): Promise<readonly string[]> => {
  const containsAny = (content: { includes(text: string): boolean }): boolean => texts.some((text) => content.includes(text));
  const files = readdirSync(settings.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => containsAny(readFileSync(file)));
  if (settings.mongodbUrl === null) return files;

  const documents = openDocumentStore(settings, 'accounts', 'read');
  try {
    const remaining: string[] = [];
    for (const name of ACCOUNT_COLLECTIONS) {
      const collection = await documents.collection<object>({ name, indexes: [] });
      for (
        let page = await collection.scan(null, PAGE);
        page.length > 0;
        page = await collection.scan(page.at(-1)?.id ?? null, PAGE)
      )
        remaining.push(...page.filter((stored) => containsAny(JSON.stringify(stored))).map(({ id }) => `${name} ${id}`));
    }
    return [...files, ...remaining];
  } finally {
    await documents.close();
  }
};
