-- Which resources look like waste and are none?
--
-- grain:   one row per line and reason
select
    column0 as rule, l.provider as source, l.service_name as service, l.meter as usage_type, column2 as reason, count(*) as resources,
from (values
    ('aws.schedule', 'ec2-office', 'non-production that already stops at night and at weekends'),
    ('aws.ebs.io-to-gp3', 'ebs-io2', 'io2 volumes beyond 16,000 IOPS'),
    ('aws.snap.old', 'snap-young', 'snapshots younger than half a year'),
    ('aws.nat.idle', 'nat-hours', 'NAT gateways that carry traffic'),
    ('aws.ip.idle', 'ip-used', 'addresses in use'),
    ('aws.elb.idle', 'elb-hours', 'load balancers with capacity units'),
    ('gcp.lb.idle', 'g-lb', 'forwarding rules of services that are billed elsewhere')
) as v (column0, column1, column2)
join estate.resources as l on l.line = v.column1
group by all
order by rule
