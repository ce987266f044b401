import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { runProcessWith } from '@rewards/service-kit/process';
import { startGateway } from './gateway';
import { gatewaySettings } from './settings';

void runProcessWith(gatewaySettings, 'gateway', async (settings, logger) => {
  const tokens = verifyTokensOf(settings.instances.auth);
  const gateway = await startGateway({ settings, logger, identify: tokens.identify });
  return {
    close: async () => {
      await gateway.stop();
      tokens.stop();
    },
  };
});
