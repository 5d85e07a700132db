// The same two alarms for each function: it fails, it is not let run. See docs/operations.md.

const readSettings = require('./settings.cjs');

const FUNCTIONS = {
  Connect: 'ConnectLambdaFunction',
  Disconnect: 'DisconnectLambdaFunction',
  Message: 'MessageLambdaFunction',
  Subscribe: 'SubscribeLambdaFunction',
  EventFanout: 'EventDashfanoutLambdaFunction',
  EventIngest: 'EventDashingestLambdaFunction',
};

module.exports = async (context) => {
  const { alarmActions } = await readSettings(context);
  const alarm = (id, metric, threshold, description) => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: description,
      Namespace: 'AWS/Lambda',
      MetricName: metric,
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: id } }],
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: alarmActions,
      OKActions: alarmActions,
    },
  });
  const Resources = {};
  for (const [name, id] of Object.entries(FUNCTIONS)) {
    Resources[`${name}ErrorsAlarm`] = alarm(id, 'Errors', 5, 'invocations fail (function-errors)');
    Resources[`${name}ThrottlesAlarm`] = alarm(id, 'Throttles', 0, 'invocations are refused (function-throttles)');
  }
  return { Resources };
};
