import { runProcess } from '@rewards/service-kit/process';
import { createAuthService } from './auth-service';
import { HASHING_THREADS } from './accounts/passwords';

// Apart from a few small files, only hashing uses the thread pool. Its size is read on first use.
process.env['UV_THREADPOOL_SIZE'] ??= String(HASHING_THREADS);

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger);
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
