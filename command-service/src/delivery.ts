import { runProcess } from '@rewards/service-kit/process';
import { createDeliveryService } from './delivery/delivery-service';

void runProcess('delivery', async (settings, logger) => {
  const service = await createDeliveryService(settings, logger);
  await service.app.listen(settings.ports.delivery, settings.host);
  return service;
});
