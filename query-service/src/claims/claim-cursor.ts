import { isPosition } from '@rewards/contracts';
import { parseTime } from '@rewards/service-kit/dto';

/** The place in the list after which the next page begins, as clients carry it. @param order `order` of the last row */
export const toCursor = (order: string): string => Buffer.from(order).toString('base64url');

/** @returns null for what is no cursor of ours */
export const parseCursor = (cursor: string): string | null => {
  const order = Buffer.from(cursor, 'base64url').toString();
  const [at = '', position = '', ...rest] = order.split('|');
  const isOurs = rest.length === 0 && isPosition(position) && parseTime(at) === at && toCursor(order) === cursor;
  return isOurs ? order : null;
};
