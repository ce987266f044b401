/** Writes the OpenAPI document of the gateway to the file that the last argument names. */
import { writeFileSync } from 'node:fs';
import { startInProcess } from './in-process';

const write = async (file: string): Promise<void> => {
  const system = await startInProcess();
  try {
    const response = await fetch(`${system.url}/api-docs.json`);
    if (!response.ok) throw new Error(`/api-docs.json answers ${response.status}`);
    writeFileSync(file, await response.text());
  } finally {
    await system.stop();
  }
};

void write(process.argv.at(-1) as string);
