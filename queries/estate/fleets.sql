-- Which hourly fleets on AWS do reservations and savings plans cover?
--
-- grain:   one row per fleet; price per xlarge and hour, units = xlarges at any scale ≥ 1; keep_share runs on from
--          (retire_age, retire_day); ratio = savings plan rate / on-demand rate
-- source:  list prices of us-east-1 seen in 2025 (illustrative)
select
    fleet, service_code, service_name, meter, operation, family, unit, price::decimal(18, 10) as price, units, max_size,
    schedule, instrument, ratio::decimal(6, 4) as ratio, product_family, kind, scope, keep_share::double as keep_share, retire_age, retire_day,
from (values
    ('m7i', 'AmazonEC2', 'Amazon Elastic Compute Cloud', 'BoxUsage:m7i.', 'RunInstances', 'm7i', 'Hrs', 0.2016, 144, 48, 'always', 'sp', 0.72, 'Compute Instance', 'i-{id}', 'prod', 1.0, 0, 1),
    ('c7i', 'AmazonEC2', 'Amazon Elastic Compute Cloud', 'BoxUsage:c7i.', 'RunInstances', 'c7i', 'Hrs', 0.1785, 96, 48, 'office', 'sp', 0.73, 'Compute Instance', 'i-{id}', 'prod', 1.0, 0, 1),
    ('r7i', 'AmazonEC2', 'Amazon Elastic Compute Cloud', 'BoxUsage:r7i.', 'RunInstances', 'r7i', 'Hrs', 0.2646, 48, 48, 'always', 'sp', 0.71, 'Compute Instance', 'i-{id}', 'data', 1.0, 0, 1),
    ('fargate', 'AmazonECS', 'Amazon Elastic Container Service', 'Fargate-vCPU-Hours:perCPU', 'FargateTask', '', 'hours', 0.04048, 300, 300, 'curve', 'sp', 0.80, 'Compute', 'arn:aws:ecs:{region}:{account}:task/{word}/{id}', 'web', 1.0, 0, 1),
    ('lambda', 'AWSLambda', 'AWS Lambda', 'Lambda-GB-Second', 'Invoke', '', 'Lambda-GB-Second', 0.0000166667, 240000, 240000, 'curve', 'sp', 0.88, 'Serverless', 'arn:aws:lambda:{region}:{account}:function:{word}-{id4}', 'web', 1.0, 0, 1),
    ('rds', 'AmazonRDS', 'Amazon Relational Database Service', 'InstanceUsage:db.r6i.', 'CreateDBInstance:0014', 'db.r6i', 'Hrs', 0.504, 96, 32, 'always', 'ri', 0.0, 'Database Instance', 'arn:aws:rds:{region}:{account}:db:{word}-{id4}', 'prod', 0.6, 5, 10),
    ('cache', 'AmazonElastiCache', 'Amazon ElastiCache', 'NodeUsage:cache.r7g.', 'CreateCacheCluster:0002', 'cache.r7g', 'Hrs', 0.437, 32, 16, 'always', 'ri', 0.0, 'Cache Instance', 'arn:aws:elasticache:{region}:{account}:cluster:{word}-{id4}', 'prod', 1.0, 0, 1),
    ('m6i', 'AmazonEC2', 'Amazon Elastic Compute Cloud', 'BoxUsage:m6i.', 'RunInstances', 'm6i', 'Hrs', 0.192, 64, 32, 'always', 'ri', 0.0, 'Compute Instance', 'i-{id}', 'prod', 1.0, 0, 1)
) as v (fleet, service_code, service_name, meter, operation, family, unit, price, units, max_size, schedule, instrument, ratio, product_family, kind, scope, keep_share, retire_age, retire_day)
order by fleet
