import { upcast, type DomainEvent, type RecordedEvent, type Upcast } from '@rewards/contracts';
import { ELIXIR, factsOfEvent, recorded, SAUNA } from '@rewards/contracts/testing/sample-events';
import { REWARD_EVENTS_FOLD, RewardEvents } from './reward-events';

const { created, added, published } = factsOfEvent('00000000-0000-4000-8000-000000000001');
const [creation, addition, publication] = recorded([created(), added(ELIXIR), published()]) as [
  RecordedEvent,
  RecordedEvent,
  RecordedEvent,
];

/** Upcasts a fictional version 0, in which rewards had a `title`. */
const upcastTitles: Upcast = <Event extends DomainEvent>(event: RecordedEvent) => {
  if (event.metadata.schemaVersion !== 0) return upcast<Event>(event);
  const { title: name, ...reward } = (event.data as { readonly reward: { readonly title: string } }).reward;
  return upcast<Event>({ ...event, data: { reward: { ...reward, name } }, metadata: { ...event.metadata, schemaVersion: 1 } });
};

describe('RewardEvents', () => {
  it('folds events by stream in the upcasted shape', () => {
    const { name: title, ...rest } = ELIXIR;
    const older = { ...addition, data: { reward: { ...rest, title } }, metadata: { ...addition.metadata, schemaVersion: 0 } };
    const events = new RewardEvents(upcastTitles);
    for (const event of [creation, older, publication]) events.fold(event);
    expect(events.existing()).toMatchObject([[creation.stream, { rewards: [ELIXIR], publishedAt: '2026-10-01T00:02:00.000Z' }]]);
  });

  it('keeps the previous state at an event that cannot be read', () => {
    const events = new RewardEvents(upcast);
    const before = events.fold(creation);
    expect(() => events.fold({ ...addition, data: null })).toThrow(TypeError);
    expect(events.get(creation.stream)).toBe(before);
  });

  it('has the same result as all releases with this version of the fold', () => {
    const events = new RewardEvents(upcast);
    for (const event of [creation, addition, publication]) events.fold(event);
    const calendar = factsOfEvent('00000000-0000-4000-8000-000000000002');
    const milestones = [{ count: 1, rewards: [SAUNA] }];
    for (const event of recorded([
      calendar.created({ milestones, cycle: 'WEEK', autoComplete: true }),
      calendar.added(ELIXIR),
      calendar.published(),
      calendar.rewardChanged(ELIXIR.name, 150),
      calendar.held(SAUNA.name, 1),
      calendar.paused(),
    ]))
      events.fold(event);
    // If this changes, increase REWARD_EVENTS_FOLD: saved states of the version before must not be used.
    expect({ version: REWARD_EVENTS_FOLD, entries: events.entries() }).toMatchInlineSnapshot(`
      {
        "entries": [
          [
            "rewardEvent-00000000-0000-4000-8000-000000000001",
            {
              "claimsUntil": "2026-12-15T00:00:00.000Z",
              "condition": {
                "count": 3,
                "type": "LOGIN_COUNT",
              },
              "createdAt": "2026-10-01T00:00:00.000Z",
              "createdBy": "00000000-0000-4000-8000-00000000000a",
              "creation": {
                "created": {
                  "data": {
                    "at": "2026-10-01T00:00:00.000Z",
                    "claimsUntil": "2026-12-15T00:00:00.000Z",
                    "condition": {
                      "count": 3,
                      "type": "LOGIN_COUNT",
                    },
                    "createdBy": "00000000-0000-4000-8000-00000000000a",
                    "description": "",
                    "endsAt": "2026-12-01T00:00:00.000Z",
                    "eventId": "00000000-0000-4000-8000-000000000001",
                    "name": "접속 이벤트",
                    "startsAt": "2026-11-01T00:00:00.000Z",
                    "timeZone": "Asia/Seoul",
                  },
                  "type": "RewardEventCreated",
                },
                "following": [],
                "isOpen": false,
              },
              "deletedAt": null,
              "description": "",
              "endedEarly": false,
              "endsAt": "2026-12-01T00:00:00.000Z",
              "eventId": "00000000-0000-4000-8000-000000000001",
              "name": "접속 이벤트",
              "pausedAt": null,
              "pauses": [],
              "publishedAt": "2026-10-01T00:02:00.000Z",
              "rewards": [
                {
                  "amount": 100,
                  "name": "극한성장의 비약",
                  "type": "ITEM",
                },
              ],
              "situation": "existing",
              "startsAt": "2026-11-01T00:00:00.000Z",
              "termsVersion": 1,
              "timeZone": "Asia/Seoul",
            },
          ],
          [
            "rewardEvent-00000000-0000-4000-8000-000000000002",
            {
              "autoComplete": true,
              "claimsUntil": "2026-12-15T00:00:00.000Z",
              "condition": {
                "count": 3,
                "type": "LOGIN_COUNT",
              },
              "createdAt": "2026-10-01T00:00:00.000Z",
              "createdBy": "00000000-0000-4000-8000-00000000000a",
              "creation": {
                "created": {
                  "data": {
                    "at": "2026-10-01T00:00:00.000Z",
                    "autoComplete": true,
                    "claimsUntil": "2026-12-15T00:00:00.000Z",
                    "condition": {
                      "count": 3,
                      "type": "LOGIN_COUNT",
                    },
                    "createdBy": "00000000-0000-4000-8000-00000000000a",
                    "cycle": "WEEK",
                    "description": "",
                    "endsAt": "2026-12-01T00:00:00.000Z",
                    "eventId": "00000000-0000-4000-8000-000000000002",
                    "milestones": [
                      {
                        "count": 1,
                        "rewards": [
                          {
                            "amount": 5,
                            "name": "사우나 이용권",
                            "type": "COUPON",
                          },
                        ],
                      },
                    ],
                    "name": "접속 이벤트",
                    "startsAt": "2026-11-01T00:00:00.000Z",
                    "timeZone": "Asia/Seoul",
                  },
                  "type": "RewardEventCreated",
                },
                "following": [],
                "isOpen": false,
              },
              "cycle": "WEEK",
              "deletedAt": null,
              "description": "",
              "earlierTerms": [
                {
                  "condition": {
                    "count": 3,
                    "type": "LOGIN_COUNT",
                  },
                  "milestones": [
                    {
                      "count": 1,
                      "rewards": [
                        {
                          "amount": 5,
                          "name": "사우나 이용권",
                          "type": "COUPON",
                        },
                      ],
                    },
                  ],
                  "rewards": [
                    {
                      "amount": 100,
                      "name": "극한성장의 비약",
                      "type": "ITEM",
                    },
                  ],
                  "termsVersion": 1,
                },
              ],
              "endedEarly": false,
              "endsAt": "2026-12-01T00:00:00.000Z",
              "eventId": "00000000-0000-4000-8000-000000000002",
              "milestones": [
                {
                  "count": 1,
                  "held": [
                    "사우나 이용권",
                  ],
                  "rewards": [
                    {
                      "amount": 5,
                      "name": "사우나 이용권",
                      "type": "COUPON",
                    },
                  ],
                },
              ],
              "name": "접속 이벤트",
              "pausedAt": "2026-11-02T00:00:00.000Z",
              "pauses": [
                {
                  "from": "2026-11-02T00:00:00.000Z",
                  "to": null,
                },
              ],
              "publishedAt": "2026-10-01T00:02:00.000Z",
              "rewards": [
                {
                  "amount": 150,
                  "name": "극한성장의 비약",
                  "type": "ITEM",
                },
              ],
              "situation": "existing",
              "startsAt": "2026-11-01T00:00:00.000Z",
              "termsVersion": 2,
              "timeZone": "Asia/Seoul",
            },
          ],
        ],
        "version": 2,
      }
    `);
  });
});
