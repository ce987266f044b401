import type { Settings } from '@rewards/service-kit';
import { runCommand } from '@rewards/service-kit/command-line';
import { keyDirectory, rotateKeys } from './signing-keys';

/** Implements `npm run keys:rotate`. Running services load the new key automatically. */
const main = async ({ dataDir }: Settings): Promise<void> => {
  const kid = await rotateKeys(keyDirectory(dataDir));
  process.stdout.write(
    `New key ${kid}: published within ten seconds, signs in six minutes. The old key is deleted after its last token has expired.\n`,
  );
};

runCommand(main, { reads: () => ['keys'] });
