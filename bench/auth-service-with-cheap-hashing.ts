/** auth-service with cheap password hashing, for loads that measure everything else. */
import { createAuthService } from '@rewards/auth-service/dist/auth-service';
import { runProcess } from '@rewards/service-kit/process';
import { CHEAP_COST } from './load/cheap-hashing';

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger, { passwordCost: CHEAP_COST });
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
