// Who starts worker candidates: a schedule of one minute for each worker. A candidate that is not
// needed returns at once.

const readSettings = require('./settings.cjs');

module.exports = async (context) => {
  const { workers } = await readSettings(context);
  return Array.from({ length: workers }, (_, index) => ({
    schedule: {
      rate: ['rate(1 minute)'],
      description: `Worker ${index} of ${workers}`,
      input: { work: { index, count: workers } },
    },
  }));
};
