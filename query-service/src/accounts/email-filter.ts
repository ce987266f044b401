import { applyDecorators } from '@nestjs/common';
import { normaliseEmail } from '@rewards/contracts';
import { QueryText } from '@rewards/service-kit/dto';
import { Transform } from 'class-transformer';

/** `?email=`: normalised as it is stored; one that nobody can have finds nothing. */
export const EmailFilter = () =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? normaliseEmail(value) : value)),
    QueryText(320),
  );
