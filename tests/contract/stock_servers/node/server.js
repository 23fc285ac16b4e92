// A stock @grpc/grpc-js server with grpc-health-check; nothing is set but the port. See ../README.md.
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const {HealthImplementation} = require('grpc-health-check');

const health = new HealthImplementation({'': 'SERVING', 'toggled': 'SERVING'});
const server = new grpc.Server();
health.addToServer(server);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log('version ' + require('@grpc/grpc-js/package.json').version + ' on node ' + process.versions.node);
  console.log('port ' + port);
});

const words = readline.createInterface({input: process.stdin});
words.on('line', word => {
  health.setStatus('toggled', word === 'serving' ? 'SERVING' : 'NOT_SERVING');
  console.log(word);
});
words.on('close', () => process.exit(0));
