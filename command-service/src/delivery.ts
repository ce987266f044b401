import { constants, setPriority } from 'node:os';
import { runProcess } from '@rewards/service-kit/process';
import { createDeliveryService } from './delivery/delivery-service';

// Claims need the processor more than deliveries do, which may be a little later. Where the system does not allow it, nothing else changes.
try {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // The process keeps its priority.
}

void runProcess('delivery', async (settings, logger) => {
  const service = await createDeliveryService(settings, logger);
  await service.app.listen(settings.ports.delivery, settings.host);
  return service;
});
