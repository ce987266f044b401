import { Controller } from '@nestjs/common';

@Controller('deliveries')
export class DeliveriesController {}
