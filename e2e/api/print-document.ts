/** Prints the OpenAPI document that the gateway serves. */
import { startInProcess } from './in-process';

const print = async (): Promise<void> => {
  const system = await startInProcess();
  try {
    process.stdout.write(await (await fetch(`${system.url}/api-docs.json`)).text());
  } finally {
    await system.stop();
  }
};

void print();
