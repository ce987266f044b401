import { ApiProperty } from '@nestjs/swagger';
import { keyOfDeadLetter, decodeUtf8, valueOfDeadLetter } from '@rewards/contracts';
import type { WholeDeadLetter } from './dead-letters.queries';
import { DeadLetterResponse, toDeadLetterResponse } from '@rewards/service-kit/resources/dead-letter.responses';

/** A dead letter with its complete message, as far as it is stored. */
export class WholeDeadLetterResponse extends DeadLetterResponse {
  @ApiProperty({ type: 'string', nullable: true, description: 'null if the message has no key' })
  keyBase64: string | null;

  @ApiProperty({ type: 'string', nullable: true, description: 'null if the message has no value' })
  payloadBase64: string | null;
}

export const toWholeDeadLetterResponse = ({ view, letter }: WholeDeadLetter): WholeDeadLetterResponse => {
  const [key, value] = [keyOfDeadLetter(letter), valueOfDeadLetter(letter)];
  return {
    ...toDeadLetterResponse(view),
    payload: decodeUtf8(value),
    payloadCut: letter.isCut ?? false,
    headers: letter.headers ?? {},
    keyBase64: key && key.toString('base64'),
    payloadBase64: value && value.toString('base64'),
  };
};
