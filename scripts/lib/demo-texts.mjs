/** The texts of the demo, by language. Names of rewards and events are texts too. */
export const TEXTS = {
  en: {
    title: 'Login rewards: a week of an attendance calendar',
    calendarName: 'Seven-day attendance',
    bonusName: 'Daily gold',
    gem: 'Core gem',
    potion: 'Growth potion',
    sauna: 'Sauna ticket',
    gold: 'Gold',

    roles: ({ operator, auditor }) => `The administrator makes ${operator} an operator and ${auditor} an auditor.`,
    create: () =>
      'The operator creates and publishes a calendar: log in on 7 days, with rewards on days 1, 3 and 7. Days begin at 05:00 in Seoul. It began a week ago, so that the seven days can pass in seconds.',
    bonus: (amount) =>
      `The operator creates a daily bonus: each day is a cycle of its own, and its first login grants ${amount} gold without a request. It would also grant for logins of the past, so publishing it needs a confirmation.`,
    addEndpoint: () =>
      'The administrator adds an endpoint, so that granted rewards reach the game. The demo runs the sample inventory as the game, and the endpoint is tested.',
    gameName: 'Demo inventory',
    addressRefused: () =>
      'This system sends rewards to public addresses only, so the demo goes on without the game. To see rewards reach it, start the system with DELIVERY_ALLOW_PRIVATE=on npm start.',
    typesTaken: () =>
      'This system already delivers rewards of these types, so the demo leaves its endpoints as they are and goes on without a game of its own.',
    notReached: (error) =>
      `The test did not reach the inventory (${error}), so the demo removes the endpoint and goes on without the game. The system must run on this machine, outside of containers.`,
    pause: (player) =>
      `The operator pauses the calendar. ${player} registers and logs in: the daily bonus counts today's login, the paused calendar does not.`,
    resume: () => 'The operator resumes the calendar.',
    days: () => 'Seven days pass. Messages on the bus carry the time of each login, and each counts for its own day.',
    counted: () => 'counted',
    sameDay: () => 'not counted again: before 05:00, it is still day 2',
    twice: () => 'counted once, although the message was delivered twice',
    missing: () => 'the message of this login is delayed',
    late: () => 'arrives two days late, and counts for day 4',
    completeFirst: () => 'Day 1 is reached: the player completes it and claims all the gems.',
    completeThird: () => 'Day 3 is reached: the player completes it and claims 20 of the 100 potions.',
    tooMany: () => 'A claim for more potions than remain is rejected.',
    duplicate: () => 'The repeated first claim gets the same answer, and nothing is granted twice.',
    early: () => 'The player requests day 7 too early.',
    completeLast: () => 'Day 7 is reached, and the player completes the calendar.',
    race: () => 'The player sends 20 concurrent claims for one sauna ticket each. Only 5 exist.',
    raceOutcome: (granted, rejected) => `granted ${granted}, rejected ${rejected}`,
    several: () => 'Several claims in one request are rejected.',
    bonusClaims: (count, amount) =>
      `Nobody claimed the daily bonus. The logins granted it themselves, in ${count} cycles of ${amount} gold:`,
    audit: () => "The auditor lists all claims of the calendar, granted and rejected, with each rejection's reason.",
    explain: () => 'The auditor asks why logins did not count for the calendar.',
    received: () => 'The rewards are in the game. Its inventory holds each of them once:',
    deliveries: (count) => (count === 1 ? '1 delivery' : `${count} deliveries`),
    full: () => 'The inventory of the player is full. The player claims 5 more potions, and the delivery is parked.',
    room: () => 'The player makes room and logs in again. The login resends the delivery.',
    removeEndpoint: () => 'The administrator removes the endpoint. The deliveries stay in the list.',
    verify: () => 'The auditor verifies the whole log and all read models.',
    verified: ({ logins, events, participationFacts, deliveries }) =>
      `${logins} logins, ${events} reward events, ${participationFacts} facts about participations and ${deliveries} deliveries: no findings`,
    end: (eventId) => `The demo is complete, and everything above was checked. The calendar is event ${eventId}.`,

    weekday: (day) => ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][day],
    month: (month) => ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][month],
    dayHeading: (day) => `Day ${day}`,
    date: ({ weekday, month, dayOfMonth }) => `${weekday} ${dayOfMonth} ${month}`,
    amount: (amount) => `x${amount}`,
    bonusAmount: (amount) => `+${amount} gold`,
    locked: () => 'locked',
    eligible: () => 'ready',
    completed: () => 'completed',
    claimed: (amount) => `${amount} taken`,
    allClaimed: () => 'all taken',

    languages: (languages) => `--lang must be one of ${languages.join(', ')}.`,
    unreachable: (url) => `${url} does not answer. Run npm start first.`,
    unexpected: (expected, actual, answer) => `Expected ${expected}, got ${actual}. ${answer}`,
    notCounted: (bus) =>
      `The logins of the demo were published to ${bus}, but were not counted within 30 seconds. Run the demo in the folder of npm start, with the same settings.`,
    notDelivered: () => 'The rewards did not reach the inventory of the demo within 30 seconds.',
    notVerified: () => 'The verification did not finish within 10 minutes.',
    noBus: (folder) =>
      `${folder} does not exist. The demo publishes logins to the message bus: run it in the folder of npm start, with the same settings.`,
    noPassword: (file) => `${file} with the administrator's password does not exist. Set ADMIN_PASSWORD.`,
    findings: (count, first) => `Verification has ${count} findings. The first one: ${first}`,
  },
  ko: {
    title: '로그인 보상: 출석부의 일주일',
    calendarName: '7일 출석부',
    bonusName: '매일 골드',
    gem: '코어 잼스톤',
    potion: '극한성장의 비약',
    sauna: '사우나 이용권',
    gold: '골드',

    roles: ({ operator, auditor }) => `관리자가 ${operator}에게 운영자, ${auditor}에게 감사자 역할을 줍니다.`,
    create: () =>
      '운영자가 출석부를 만들어 공개합니다. 7일 로그인하면 완료되고 1일, 3일, 7일째에 보상이 있습니다. 하루는 서울 시각 05:00에 시작합니다. 7일을 몇 초 만에 지나 보려고 시작 시각을 일주일 전으로 했습니다.',
    bonus: (amount) =>
      `운영자가 매일 보상을 만듭니다. 하루가 한 주기이고, 그날의 첫 로그인이 요청 없이 골드 ${amount}을 지급합니다. 지난 로그인에도 지급하므로 공개하려면 확인이 필요합니다.`,
    addEndpoint: () =>
      '지급된 보상이 게임에 도착하도록 관리자가 엔드포인트를 추가합니다. 데모가 실행하는 예제 인벤토리가 게임 역할을 하며, 엔드포인트를 테스트합니다.',
    gameName: '데모 인벤토리',
    addressRefused: () =>
      '이 시스템은 공개 주소로만 보상을 보내므로 게임 없이 계속합니다. 보상이 게임에 도착하는 것을 보려면 DELIVERY_ALLOW_PRIVATE=on npm start로 시스템을 시작하세요.',
    typesTaken: () =>
      '이 시스템은 이미 이런 종류의 보상을 게임에 보내고 있습니다. 기존 엔드포인트를 그대로 두고 데모의 게임 없이 계속합니다.',
    notReached: (error) =>
      `테스트가 인벤토리에 도착하지 않아(${error}) 엔드포인트를 삭제하고 게임 없이 계속합니다. 시스템이 이 컴퓨터에서, 컨테이너 밖에서 실행되어야 합니다.`,
    pause: (player) =>
      `운영자가 출석부를 일시 중지합니다. ${player}가 가입해 로그인합니다. 매일 보상은 오늘의 로그인을 세고, 중지된 출석부는 세지 않습니다.`,
    resume: () => '운영자가 출석부를 다시 시작합니다.',
    days: () => '7일이 지나갑니다. 버스의 메시지에는 로그인한 시각이 들어 있고, 그 시각이 속한 날의 출석으로 셉니다.',
    counted: () => '출석',
    sameDay: () => '또 세지 않음: 05:00 전이라 아직 2일째',
    twice: () => '메시지가 두 번 왔지만 한 번만 셈',
    missing: () => '이 로그인의 메시지가 아직 오지 않음',
    late: () => '이틀 늦게 도착했지만 4일째 출석',
    completeFirst: () => '1일째를 채웠습니다. 플레이어가 완료하고 잼스톤을 모두 받습니다.',
    completeThird: () => '3일째를 채웠습니다. 플레이어가 완료하고 비약 100개 중 20개를 받습니다.',
    tooMany: () => '남은 것보다 많은 비약을 요청하면 거절됩니다.',
    duplicate: () => '첫 요청을 다시 보냅니다. 응답은 같고, 비약이 더 지급되지 않습니다.',
    early: () => '플레이어가 7일째 보상을 너무 일찍 완료하려 합니다.',
    completeLast: () => '7일째를 채웠습니다. 플레이어가 출석부를 완료합니다.',
    race: () => '사우나 이용권을 1장씩 받는 요청 20건을 동시에 보냅니다. 이용권은 5장뿐입니다.',
    raceOutcome: (granted, rejected) => `지급 ${granted}건, 거절 ${rejected}건`,
    several: () => '여러 보상을 한 요청에 담으면 거절됩니다.',
    bonusClaims: (count, amount) =>
      `매일 보상은 아무도 요청하지 않았습니다. 로그인이 ${count}개의 주기에 골드를 ${amount}씩 지급했습니다.`,
    audit: () => '감사자가 지급되거나 거절된 출석부의 모든 수령 요청을 봅니다. 거절된 이유도 함께 나옵니다.',
    explain: () => '감사자가 출석부에서 세지 않은 로그인의 이유를 확인합니다.',
    received: () => '보상이 게임에 도착했습니다. 게임의 인벤토리에 모두 한 번씩만 들어 있습니다.',
    deliveries: (count) => `전달 ${count}건`,
    full: () => '플레이어의 인벤토리가 가득 찼습니다. 비약 5개를 더 받으면 전달이 중단됩니다.',
    room: () => '플레이어가 자리를 비우고 다시 로그인합니다. 그 로그인이 중단된 보상을 다시 보냅니다.',
    removeEndpoint: () => '관리자가 엔드포인트를 삭제합니다. 전달 내역은 목록에 남습니다.',
    verify: () => '감사자가 로그 전체와 모든 읽기 모델을 검증합니다.',
    verified: ({ logins, events, participationFacts, deliveries }) =>
      `로그인 ${logins}건, 이벤트 ${events}개, 참여 기록 ${participationFacts}건, 전달 ${deliveries}건: 어긋난 것이 없습니다`,
    end: (eventId) => `데모가 끝났습니다. 위의 내용은 모두 확인된 것입니다. 출석부의 이벤트 ID: ${eventId}`,

    weekday: (day) => ['일', '월', '화', '수', '목', '금', '토'][day],
    month: (month) => String(month + 1),
    dayHeading: (day) => `${day}일째`,
    date: ({ weekday, month, dayOfMonth }) => `${month}/${dayOfMonth}(${weekday})`,
    amount: (amount) => `${amount}개`,
    bonusAmount: (amount) => `골드 +${amount}`,
    locked: () => '잠김',
    eligible: () => '완료 가능',
    completed: () => '완료',
    claimed: (amount) => `${amount}개 받음`,
    allClaimed: () => '모두 받음',

    languages: (languages) => `--lang은 ${languages.join(', ')} 중 하나여야 합니다.`,
    unreachable: (url) => `${url}에서 응답이 없습니다. 먼저 npm start를 실행하세요.`,
    unexpected: (expected, actual, answer) => `${expected}이어야 하는데 ${actual}입니다. ${answer}`,
    notCounted: (bus) =>
      `데모의 로그인을 ${bus}에 보냈지만 30초 안에 세지 않았습니다. npm start를 실행한 폴더에서 같은 설정으로 데모를 실행하세요.`,
    notDelivered: () => '보상이 30초 안에 데모의 인벤토리에 도착하지 않았습니다.',
    notVerified: () => '10분 안에 검증이 끝나지 않았습니다.',
    noBus: (folder) =>
      `${folder}가 없습니다. 데모는 메시지 버스에 로그인을 보냅니다. npm start를 실행한 폴더에서 같은 설정으로 실행하세요.`,
    noPassword: (file) => `${file}에 관리자 비밀번호가 없습니다. ADMIN_PASSWORD를 설정하세요.`,
    findings: (count, first) => `검증에서 어긋난 것이 ${count}건 나왔습니다. 첫 번째: ${first}`,
  },
};
