-- Which incidents are planted in the sample estate, and which look-alikes?
--
-- grain:   one row per event; the money is on top of the line's normal cost (drop: the line's share of the account goes away)
-- source:  invented; `age` counts months back from the last one (0), `day` is the first day of the event in that month,
--          amounts in the provider's billing currency a day; real = false marks decoys that must raise no alert
select event, line, owner_name, kind, age, day, days, amount::double as amount, is_real, note,
from (values
    ('nat-spike', 'nat-bytes', 'hf-shared-network', 'spike', 2, 11, 5, 1900, true, 'misrouted S3 traffic through a NAT gateway for five days'),
    ('bedrock-level', 'bedrock', 'hf-ml-prod', 'level', 1, 17, 400, 820, true, 'an agent loop runs without a token limit; lasts'),
    ('storage-ramp', 's3-standard', 'hf-tracking-prod', 'ramp', 4, 5, 400, 11, true, 'lifecycle rule lost: storage grows by the same amount every day'),
    ('kinesis-drop', 'kinesis', 'hf-tracking-prod', 'drop', 3, 20, 4, -1, true, 'tracking events stop for four days: a silent outage'),
    ('bq-weekend', 'g-bq', 'Insights Production', 'weekend', 1, 7, 7, 2600, true, 'a back-fill scans everything on one weekend'),
    ('new-service', 'az-openai', 'HF Booking Production', 'level', 2, 9, 400, 190, true, 'a service that the subscription never used'),
    ('egress-spike', 'az-band', 'HF Customs Production', 'spike', 5, 6, 2, 740, true, 'document archive pulled out twice'),
    ('dataflow-old', 'g-dataflow', 'Tracking Stream', 'spike', 7, 14, 3, 980, true, 'duplicate streaming job'),
    ('month-end-glue', 'glue', 'hf-data-prod', 'monthend', 12, 1, 400, 620, false, 'month-end close job: every month, last day'),
    ('planned-load', 'ec2-spot', 'hf-data-prod', 'spike', 4, 22, 2, 700, false, 'announced load test, tagged change=CHG-4471')
) as v (event, line, owner_name, kind, age, day, days, amount, is_real, note)
order by event
