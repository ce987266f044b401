import { runProcess } from '@rewards/service-kit/process';
import { createAuthService } from './auth-service';
import { HASHING_THREADS } from './accounts/passwords';

// Hashing has threads of its own beside the four that Node uses for files and names; read when the first of them is needed.
process.env['UV_THREADPOOL_SIZE'] ??= String(HASHING_THREADS + 4);

void runProcess('auth-service', async (settings, logger) => {
  const service = await createAuthService(settings, logger);
  await service.app.listen(settings.ports.auth, settings.host);
  return service;
});
