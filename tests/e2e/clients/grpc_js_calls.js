// Calls GetUser through the stock grpc-js library with xDS and prints, as JSON, who answered how often: the
// grpcio_calls.py of Node.
//
//   node grpc_js_calls.js TARGET --settled=FILE [--settled-seconds=8] [--rate=50]
//
// It goes on until FILE is there and then for so many seconds, whose answers are counted once more.
// NODE_PATH has the libraries. The two messages are small enough to be read by hand.
'use strict';

const fs = require('fs');

const grpc = require('@grpc/grpc-js');

require('@grpc/grpc-js-xds').register();

const METHOD = '/fairlead.demo.v1.UserService/GetUser';
const DEADLINE_MS = 20000;

// Field 2, a string, of a GetUserResponse. Both of its fields are short strings.
function replicaOf(message) {
  for (let at = 0; at < message.length;) {
    const field = message[at] >> 3;
    const end = at + 2 + message[at + 1];
    if (field === 2) return message.toString('utf8', at + 2, end);
    at = end;
  }
  return '';
}

function flag(name, otherwise) {
  const given = process.argv.find((word) => word.startsWith(`--${name}=`));
  return given ? given.slice(name.length + 3) : otherwise;
}

function count(counts, replica) {
  counts[replica] = (counts[replica] || 0) + 1;
}

const gapMs = 1000 / Number(flag('rate', '50'));
const settledFile = flag('settled', '');
const settledMs = Number(flag('settled-seconds', '8')) * 1000;
const client = new grpc.Client(process.argv[2], grpc.credentials.createInsecure());
const told = { replicas: {}, failures: [], settled: {} };
const began = performance.now();
let until = Infinity;
let open = 0;
let sent = 0;

function same(bytes) {
  return bytes;
}

function finish() {
  client.close();
  console.log(JSON.stringify(told));
  process.exit(0);
}

function call() {
  open += 1;
  const metadata = new grpc.Metadata({ waitForReady: true });
  client.makeUnaryRequest(METHOD, same, same, Buffer.alloc(0), metadata, { deadline: Date.now() + DEADLINE_MS },
    (error, response) => {
      open -= 1;
      if (error) {
        told.failures.push(`${grpc.status[error.code]}: ${error.details}`);
      } else {
        const replica = replicaOf(response);
        count(told.replicas, replica);
        if (until < Infinity) count(told.settled, replica);
      }
      if (open === 0 && performance.now() >= until) finish();
    });
}

// An open loop: what is due is sent, however late the timer is.
const timer = setInterval(() => {
  if (until === Infinity && fs.existsSync(settledFile)) until = performance.now() + settledMs;
  const now = Math.min(performance.now(), until);
  while (began + sent * gapMs < now) {
    sent += 1;
    call();
  }
  if (now >= until) {
    clearInterval(timer);
    if (open === 0) finish();
  }
}, 5);
