import { readSettings } from '@rewards/service-kit';
import { runScript } from '@rewards/service-kit/script';
import { keyDirectory, rotateKeys } from './signing-keys';

/** `npm run keys:rotate`: running services take the new key in by themselves. */
const main = async (): Promise<void> => {
  const kid = await rotateKeys(keyDirectory(readSettings().dataDir));
  process.stdout.write(
    `New key ${kid}: published within seconds, signs in a minute. The old one goes when its last token has expired.\n`,
  );
};

runScript(main);
