// The JavaScript examples of the original README, run as they are printed there: only the port and
// the key are put in. Everything goes through the platform's own WebSocket class and `fetch`.
// Usage: node --experimental-websocket readme_examples.mjs PORT

import assert from 'node:assert/strict';

const port = Number(process.argv[2]);
const PATIENCE_MS = 20_000;

const QUICK_START = `
   const ws = new WebSocket('ws://localhost:8080');

   ws.onopen = () => {
     // Authenticate
     ws.send(JSON.stringify({
       type: 'authenticate',
       apiKey: 'your-api-key'
     }));

     // Subscribe to channels
     ws.send(JSON.stringify({
       type: 'subscribe',
       channels: ['prices', 'protocols'],
       filters: {
         protocolIds: ['uniswap-v3', 'aave-v3']
       }
     }));
   };

   ws.onmessage = (event) => {
     const data = JSON.parse(event.data);
     console.log('Received:', data);
   };
`;

const KEY_IN_QUERY = `
// Via query parameter
const ws = new WebSocket('ws://localhost:8080?apiKey=YOUR_API_KEY');
`;

const KEY_IN_MESSAGE = `
// Via message after connection
ws.send(JSON.stringify({
  type: 'authenticate',
  apiKey: 'YOUR_API_KEY'
}));
`;

const PING = `
// Send ping
ws.send(JSON.stringify({ type: 'ping' }));
`;

const SUBSCRIBE = `
// Subscribe to channels
ws.send(JSON.stringify({
  type: 'subscribe',
  channels: ['prices', 'protocols', 'alerts'],
  filters: {
    protocolIds: ['uniswap-v3', 'aave-v3'],
    tokenIds: ['ethereum', 'bitcoin'],
    chains: ['ethereum', 'polygon'],
    minValue: 1000,
    maxValue: 1000000
  }
}));
`;

const UNSUBSCRIBE = `
// Unsubscribe from channels
ws.send(JSON.stringify({
  type: 'unsubscribe',
  channels: ['prices']
}));
`;

const SUBSCRIBE_TO_EVENTS = `
// Subscribe to price updates
ws.send(JSON.stringify({
  action: 'subscribe',
  channels: ['events:prices', 'events:protocol:uniswap-v3'],
  filters: {
    tokenIds: ['ethereum'],
    chains: ['ethereum', 'polygon']
  }
}));
`;

// The documented data updates, without what the service adds.
const PRICE_UPDATE = {
  type: 'price_update',
  channel: 'prices',
  data: { coin: 'bitcoin', price: 67500, change24h: 2.5, timestamp: 1640995200000 },
};
const TVL_UPDATE = {
  type: 'tvl_update',
  channel: 'protocols',
  data: { protocol: 'uniswap-v3', tvl: 5200000000, change24h: -1.2, timestamp: 1640995200000 },
};
const ALERT = {
  type: 'alert',
  channel: 'alerts',
  data: {
    alertId: 'alert-123',
    type: 'price_threshold',
    message: 'Bitcoin price exceeded $70,000',
    priority: 'high',
    timestamp: 1640995200000,
  },
};

/** Puts in what the reader of the README would. */
const filledIn = (example) =>
  example
    .replaceAll('localhost:8080', `localhost:${port}`)
    .replaceAll(/your-api-key|YOUR_API_KEY/g, 'demo-key');

/** Runs an example that makes a socket, with a console that hands over what it is given. */
const open = (example, log) =>
  new Function('console', `${filledIn(example)}; return ws;`)({ log });

/** Runs an example that uses a socket. */
const use = (ws, example) => new Function('ws', filledIn(example))(ws);

/** What happens on a socket, to be waited for in its order. */
class Inbox {
  #waiting = [];
  #takers = [];

  put(value) {
    const taker = this.#takers.shift();
    if (taker) taker(value);
    else this.#waiting.push(value);
  }

  async next() {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    return within(new Promise((taker) => this.#takers.push(taker)));
  }

  async take(count) {
    const values = [];
    while (values.length < count) values.push(await this.next());
    return values;
  }
}

async function within(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('nothing came')), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Listens to a socket's frames. */
function inboxOf(ws) {
  const inbox = new Inbox();
  ws.onmessage = (event) => {
    assert.equal(typeof event.data, 'string');
    inbox.put(JSON.parse(event.data));
  };
  return inbox;
}

const told = (ws, type) => within(new Promise((done) => ws.addEventListener(type, done)));
const opened = (ws) => told(ws, 'open');
const closed = (ws) => told(ws, 'close');

async function publish(...events) {
  const answer = await fetch(`http://localhost:${port}/events`, {
    method: 'POST',
    body: JSON.stringify(events),
  });
  const report = await answer.json();
  assert.deepEqual(report, { accepted: events.length, duplicates: 0, rejected: [] });
}

/** The Event Processor's form of a documented update. */
const published = ({ type, data }) => ({ type, data });

function assertUpdate(frame, documented) {
  const { type, channel, data } = frame;
  assert.deepEqual({ type, channel, data }, documented);
  assert.match(frame.offset, /^\d+-\d+$/);
}

const STORIES = {
  async 'the quick start authenticates, subscribes and receives'() {
    const inbox = new Inbox();
    const ws = open(QUICK_START, (label, data) => inbox.put({ label, data }));
    const replies = await inbox.take(2);
    const byType = Object.fromEntries(replies.map(({ data }) => [data.type, data]));
    assert.equal(byType.authenticated.userId, 'demo');
    assert.deepEqual(byType.subscription_result.results, [
      { channel: 'prices', status: 'subscribed' },
      { channel: 'protocols', status: 'subscribed' },
    ]);

    const other = { type: 'tvl_update', data: { protocol: 'curve', tvl: 1 } };
    await publish(other, published(TVL_UPDATE), published(PRICE_UPDATE));
    for (const documented of [TVL_UPDATE, PRICE_UPDATE]) {
      const { label, data } = await inbox.next();
      assert.equal(label, 'Received:');
      assertUpdate(data, documented);
    }
    ws.close();
    assert.equal((await closed(ws)).wasClean, true);
  },

  async 'a ping is answered with a pong'() {
    const ws = open(KEY_IN_QUERY);
    const inbox = inboxOf(ws);
    await opened(ws);
    use(ws, PING);
    const { type, timestamp } = await inbox.next();
    assert.equal(type, 'pong');
    assert.ok(Math.abs(Date.now() - timestamp) < 60_000);
    ws.close();
  },

  async 'a subscription delivers the documented updates until it is left'() {
    const ws = open(KEY_IN_QUERY);
    const inbox = inboxOf(ws);
    await opened(ws);
    use(ws, SUBSCRIBE);
    const subscribed = await inbox.next();
    assert.equal(subscribed.type, 'subscription_result');
    assert.deepEqual(
      subscribed.results.map(({ channel, status }) => [channel, status]),
      [['prices', 'subscribed'], ['protocols', 'subscribed'], ['alerts', 'subscribed']],
    );
    // A TVL of five billion is above the example's `maxValue`.
    await publish(published(PRICE_UPDATE), published(TVL_UPDATE), published(ALERT));
    assertUpdate(await inbox.next(), PRICE_UPDATE);
    assertUpdate(await inbox.next(), ALERT);

    use(ws, UNSUBSCRIBE);
    assert.deepEqual((await inbox.next()).results, [{ channel: 'prices', status: 'unsubscribed' }]);
    await publish(published(PRICE_UPDATE), published(ALERT));
    assertUpdate(await inbox.next(), ALERT);
    ws.close();
  },

  async 'the phase 5 example is confirmed and delivers under the names it asked for'() {
    const ws = open(KEY_IN_QUERY);
    const inbox = inboxOf(ws);
    await opened(ws);
    use(ws, SUBSCRIBE_TO_EVENTS);
    const { type, subscription } = await inbox.next();
    assert.equal(type, 'subscription_confirmed');
    assert.deepEqual(subscription.channels, ['events:prices', 'events:protocol:uniswap-v3']);
    assert.deepEqual(subscription.filters, {
      tokenIds: ['ethereum'],
      chains: ['ethereum', 'polygon'],
    });
    assert.equal(typeof subscription.subscribedAt, 'number');

    const data = { tokenId: 'ethereum', currentPrice: 2750, changePercent: 10 };
    const bitcoin = { type: 'price_update', data: { ...data, tokenId: 'bitcoin' } };
    await publish(bitcoin, { eventType: 'price_update', timestamp: 1234567890, data });
    const update = await inbox.next();
    assertUpdate(update, { type: 'price_update', channel: 'events:prices', data });
    assert.equal(update.timestamp, 1234567890);
    ws.close();
  },

  async 'a socket without a key authenticates with a message'() {
    const ws = new WebSocket(`ws://localhost:${port}`, ['llama.v1']);
    const inbox = inboxOf(ws);
    await opened(ws);
    assert.equal(ws.protocol, 'llama.v1');
    use(ws, KEY_IN_MESSAGE);
    assert.equal((await inbox.next()).type, 'authenticated');
    ws.close();
  },

  async 'a wrong key is told in a message and fails a handshake'() {
    const ws = new WebSocket(`ws://localhost:${port}`);
    const inbox = inboxOf(ws);
    await opened(ws);
    const end = closed(ws);
    ws.send(JSON.stringify({ type: 'authenticate', apiKey: 'wrong' }));
    assert.equal((await inbox.next()).code, 'INVALID_CREDENTIAL');
    assert.equal((await end).code, 1000);

    const refused = new WebSocket(`ws://localhost:${port}?apiKey=wrong`);
    refused.onopen = () => assert.fail('it opened');
    await told(refused, 'error');
  },

  async 'a large message arrives whole and a large request ends the connection'() {
    const ws = open(KEY_IN_QUERY);
    const inbox = inboxOf(ws);
    await opened(ws);
    ws.send(JSON.stringify({ type: 'subscribe', channel: 'general' }));
    await inbox.next();
    const text = 'é'.repeat(50_000);
    await publish({ type: 'large', data: { text } });
    assert.equal((await inbox.next()).data.text, text);

    const end = closed(ws);
    ws.send(JSON.stringify({ type: 'ping', filler: 'x'.repeat(40_000) }));
    assert.equal((await end).code, 1009);
  },
};

assert.ok(port > 0, 'usage: readme_examples.mjs PORT');
assert.equal(typeof WebSocket, 'function', 'this node has no WebSocket class');
for (const [name, story] of Object.entries(STORIES)) {
  try {
    await story();
  } catch (error) {
    console.error(`failed: ${name}`);
    throw error;
  }
  console.log(`ok: ${name}`);
}
// A socket that was not closed must not keep the process.
process.exit(0);
