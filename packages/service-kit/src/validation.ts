import { ValidationPipe, type ValidationError } from '@nestjs/common';
import type { FieldError } from '@rewards/contracts';
import { invalid } from './problem';

/** Creates the pipe that validates bodies and queries by their class. Rejects unknown fields, and converts only as fields declare. */
export const createValidationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => invalid(...errors.flatMap((error) => fieldErrors(error))),
  });

const fieldErrors = (error: ValidationError, parent = ''): FieldError[] => {
  const field = `${parent}${error.property}`.slice(0, 200);
  const own = Object.values(error.constraints ?? {}).map((message) => ({
    field,
    message: withoutFieldName(message, error.property).slice(0, 300),
  }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, `${field}.`))];
};

const withoutFieldName = (message: string, property: string): string =>
  message.startsWith(`property ${property} `)
    ? 'is not a known field'
    : message.startsWith(`${property} `)
      ? message.slice(property.length + 1)
      : message;
