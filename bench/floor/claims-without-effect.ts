/**
 * Program: the HTTP stack of command-service with a claim route that authenticates and validates the request as the real one does,
 * and then answers without doing anything. No claim can be answered faster on this stack.
 */
import { Body, Controller, Module, Param, Post } from '@nestjs/common';
import { ClaimBody, toClaimRequest } from '@rewards/command-service/dist/participation/participation.requests';
import { parsePathId } from '@rewards/service-kit';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { Call, OfCall } from '@rewards/service-kit/call';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { createHttpService } from '@rewards/service-kit/http-service';
import { runProcess } from '@rewards/service-kit/process';

@Controller('events/:eventId')
class ClaimsController {
  @Post('claims')
  claim(@Param('eventId') path: string, @Body() body: ClaimBody, @OfCall() { caller }: Call) {
    const eventId = parsePathId(path);
    const { requestId, rewardName } = toClaimRequest(body);
    const claimId = claimIdOf({ eventId, accountId: caller.accountId, requestId });
    return { data: { claimId, requestId, eventId, rewardName, type: 'ITEM', amount: 1, claimed: 1, remaining: 0 } };
  }
}

@Module({})
class FloorModule {}

void runProcess('command-service', async (settings, logger) => {
  const tokens = verifyTokensOf(settings.instances.auth);
  const app = await createHttpService({
    service: 'command',
    module: { module: FloorModule, controllers: [ClaimsController] },
    logger,
    identify: tokens.identify,
    readiness: {},
  });
  await app.listen(settings.ports.command, settings.host);
  return {
    close: async () => {
      await app.close();
      tokens.stop();
    },
  };
});
