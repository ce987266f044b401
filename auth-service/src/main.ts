import { runProcess } from '@rewards/service-kit/process';
import { createAuthService } from './auth-service';
import { HASHING_THREADS } from './accounts/passwords';

// The pool is for hashing alone, but for a few small files; its size is read when it is first needed.
process.env['UV_THREADPOOL_SIZE'] ??= String(HASHING_THREADS);

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger);
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
