import { readSettings } from '@rewards/service-kit';
import { keyDirectory, rotateKeys } from './signing-keys';

/** `npm run keys:rotate`: running services take the new key in by themselves. */
const main = async (): Promise<void> => {
  const kid = await rotateKeys(keyDirectory(readSettings().dataDir));
  process.stdout.write(
    `New key ${kid}: published within seconds, signs in six minutes. The old one goes when its last token has expired.\n`,
  );
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'The key could not be made.'}\n`);
  process.exitCode = 1;
});
