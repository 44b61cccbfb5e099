-- What does the sample company use on Google Cloud, in which amounts?
--
-- grain:   one row per line (a SKU)
-- source:  invented amounts at list prices in USD seen in 2025 (illustrative); operation = SKU id (invented),
--          family = base unit of usage; columns as in lines_aws.sql, kind = end of the full resource name
select
    'gcp' as provider, line, service_code, service_name, meter, operation, family, unit, price::decimal(18, 10) as price,
    monthly::double as monthly, resources, weekend::double as weekend, growth::double as growth, scope, kind, shape, grp, waste,
from (values
    ('g-n2-core', '6F81-5844-456A', 'Compute Engine', 'N2 Instance Core running in Belgium', 'BB77-5FDA-69D9', 'seconds', 'hour', 0.03477, 21600, 12, 0.95, 0.006, 'prod', 'compute.googleapis.com/zones/{zone}/instances', 'cud', 'gn2', null),
    ('g-n2-ram', '6F81-5844-456A', 'Compute Engine', 'N2 Instance Ram running in Belgium', '5B01-D157-A097', 'byte-seconds', 'gibibyte hour', 0.004661, 11600, 12, 0.95, 0.006, 'prod', 'compute.googleapis.com/zones/{zone}/instances', 'cud', 'gn2', null),
    ('g-n1-core', '6F81-5844-456A', 'Compute Engine', 'N1 Predefined Instance Core running in Belgium', '63EB-D9A1-9E0B', 'seconds', 'hour', 0.034773, 2600, 4, 1.0, 0.0, 'prod', 'compute.googleapis.com/zones/{zone}/instances', 'flow', 'gn1', 'gcp.n1'),
    ('g-spot', '6F81-5844-456A', 'Compute Engine', 'Spot Preemptible N2 Instance Core running in Belgium', '4FD1-8B37-2E91', 'seconds', 'hour', 0.00841, 4600, 5, 0.5, 0.02, 'data', 'compute.googleapis.com/zones/{zone}/instances', 'flow', 'gspot', null),
    ('g-pd', '6F81-5844-456A', 'Compute Engine', 'SSD backed PD Capacity in Belgium', 'D973-5D65-BAB2', 'byte-seconds', 'gibibyte month', 0.187, 11100, 12, 1.0, 0.01, 'all', 'compute.googleapis.com/zones/{zone}/disks', 'flow', 'gpd', null),
    ('g-pd-orphan', '6F81-5844-456A', 'Compute Engine', 'Storage PD Capacity in Belgium', '0F1F-E4D4-1A2C', 'byte-seconds', 'gibibyte month', 0.044, 380, 3, 1.0, 0.0, 'dev', 'compute.googleapis.com/zones/{zone}/disks', 'flow', 'gorphan', 'gcp.pd.orphan'),
    ('g-ip', '6F81-5844-456A', 'Compute Engine', 'Static Ip Charge', 'C054-7F72-A02E', 'seconds', 'hour', 0.01, 0, 5, 1.0, 0.0, 'dev', 'compute.googleapis.com/regions/europe-west1/addresses', 'hours', 'gip', 'gcp.ip.idle'),
    ('g-egress', '6F81-5844-456A', 'Compute Engine', 'Network Internet Data Transfer Out from EMEA to EMEA', '9DE9-9092-B3BC', 'bytes', 'gibibyte', 0.085, 9900, 8, 0.75, 0.015, 'prod', 'compute.googleapis.com/zones/{zone}/instances', 'flow', 'gn2', null),
    ('g-bq', '24E6-581D-38E5', 'BigQuery', 'Analysis (eu)', '2E4F-4EC0-1C3F', 'bytes', 'tebibyte', 6.25, 31700, 8, 0.3, 0.022, 'data', 'bigquery.googleapis.com/jobs', 'flow', 'gbq', null),
    ('g-bq-store', '24E6-581D-38E5', 'BigQuery', 'Active Logical Storage (eu)', '947D-3B46-7781', 'byte-seconds', 'gibibyte month', 0.02, 12300, 8, 1.0, 0.02, 'data', 'bigquery.googleapis.com/datasets', 'flow', 'gbqds', null),
    ('g-gcs', '95FF-2EF5-5EA1', 'Cloud Storage', 'Standard Storage Europe Multi-region', 'E5F0-6A5D-7BAD', 'byte-seconds', 'gibibyte month', 0.026, 19700, 12, 1.0, 0.018, 'all', 'storage.googleapis.com/buckets', 'flow', 'ggcs', null),
    ('g-gcs-ops', '95FF-2EF5-5EA1', 'Cloud Storage', 'Standard Class A Operations', 'A2C7-17C1-3B1E', 'requests', 'count', 0.000005, 2800, 8, 0.7, 0.015, 'all', 'storage.googleapis.com/buckets', 'flow', 'ggcs', null),
    ('g-sql', '9662-B51E-5089', 'Cloud SQL', 'Cloud SQL for PostgreSQL: Zonal - vCPU in Belgium', '1A5B-2F6D-7C31', 'seconds', 'hour', 0.0413, 19700, 4, 1.0, 0.004, 'prod', 'sqladmin.googleapis.com/instances', 'flex', 'gsql', null),
    ('g-sql-ha', '9662-B51E-5089', 'Cloud SQL', 'Cloud SQL for PostgreSQL: Regional - vCPU in Belgium', '3F2A-9C4B-11D0', 'seconds', 'hour', 0.0826, 980, 2, 1.0, 0.0, 'dev', 'sqladmin.googleapis.com/instances', 'flow', 'gsqlha', 'gcp.sql.ha-nonprod'),
    ('g-gke', 'CCD8-9BF1-090E', 'Kubernetes Engine', 'Autopilot Pod mCPU Requests (europe-west1)', '6B23-1C7A-4F0D', 'seconds', 'hour', 0.000049, 10000, 6, 0.8, 0.014, 'prod', 'container.googleapis.com/locations/europe-west1/clusters', 'flow', 'ggke', null),
    ('g-run', '152E-C115-5142', 'Cloud Run', 'CPU Allocation Time', '4A1D-7E5C-92B8', 'seconds', 'second', 0.000024, 7000, 8, 0.65, 0.02, 'prod', 'run.googleapis.com/locations/europe-west1/services', 'flow', 'grun', null),
    ('g-pubsub', 'A1E8-BE35-7EBC', 'Cloud Pub/Sub', 'Message Delivery Basic', 'C0C1-02B5-3A42', 'bytes', 'tebibyte', 40.0, 8200, 5, 0.75, 0.018, 'prod', 'pubsub.googleapis.com/topics', 'flow', 'gpub', null),
    ('g-dataflow', '57D6-9D0C-5C7D', 'Cloud Dataflow', 'vCPU Time Streaming Belgium', '7D2E-4F18-6C05', 'seconds', 'hour', 0.069, 11900, 5, 0.8, 0.016, 'data', 'dataflow.googleapis.com/locations/europe-west1/jobs', 'flow', 'gdf', null),
    ('g-vertex', 'C7E2-9256-1C43', 'Vertex AI', 'Gemini 2.0 Flash Input Tokens - Predictions', '8C5F-2D71-9E04', 'count', 'count', 0.0000001, 8000, 4, 0.45, 0.04, 'ml', 'aiplatform.googleapis.com/locations/europe-west1/endpoints', 'flow', 'gvx', null),
    ('g-maps', '1992-3666-B975', 'Maps API', 'Routes: Compute Routes Pro', '5C9B-1F37-70AA', 'requests', 'count', 0.01, 16600, 2, 0.6, 0.02, 'prod', '', 'flow', 'gmaps', null),
    ('g-logging', '5490-F7B7-8DF6', 'Cloud Logging', 'Log Storage cost', '143F-A1B0-E0BE', 'bytes', 'gibibyte', 0.5, 8400, 6, 0.78, 0.014, 'all', 'logging.googleapis.com/buckets', 'flow', 'glog', null),
    ('g-bigtable', 'C3BE-24A5-0975', 'Cloud Bigtable', 'Node Belgium', '2C8E-5A90-D1F7', 'seconds', 'hour', 0.65, 0, 9, 1.0, 0.0, 'data', 'bigtable.googleapis.com/instances', 'hours', 'gbt', null),
    ('g-spanner', 'CC63-0873-48FD', 'Cloud Spanner', 'Regional Nodes in Belgium', '9E40-3B6C-81D5', 'seconds', 'hour', 0.99, 0, 4, 1.0, 0.0, 'prod', 'spanner.googleapis.com/instances', 'hours', 'gsp', null),
    ('g-redis', '5AF5-2C11-D467', 'Cloud Memorystore for Redis', 'Redis Capacity Standard M3 Belgium', '6D14-E28F-3C90', 'byte-seconds', 'gibibyte hour', 0.035, 3100, 3, 1.0, 0.005, 'prod', 'redis.googleapis.com/locations/europe-west1/instances', 'flow', 'gred', null),
    ('g-nat', 'E505-1604-58F8', 'Networking', 'Cloud NAT Data Processing', '1F73-8A2D-4B66', 'bytes', 'gibibyte', 0.045, 4200, 2, 0.75, 0.012, 'network', 'compute.googleapis.com/regions/europe-west1/routers', 'flow', 'gnat', null),
    ('g-lb', 'E505-1604-58F8', 'Networking', 'Global External Application Load Balancer Forwarding Rule Minimum', 'A9D0-3C58-2E71', 'seconds', 'hour', 0.025, 0, 5, 1.0, 0.0, 'network', 'compute.googleapis.com/global/forwardingRules', 'hours', 'glb', null),
    ('g-registry', '149C-F9EC-3994', 'Artifact Registry', 'Artifact Registry Storage', '0E4A-7B1C-5D38', 'byte-seconds', 'gibibyte month', 0.1, 700, 3, 1.0, 0.015, 'all', 'artifactregistry.googleapis.com/locations/europe-west1/repositories', 'flow', 'greg', null),
    ('g-scc', '29E7-DA93-CA13', 'Security Command Center', 'Premium tier: Compute Engine', '3D6F-90B2-A1C4', 'seconds', 'hour', 0.0071, 2000, 1, 1.0, 0.008, 'security', '', 'flow', 'gscc', null)
) as v (line, service_code, service_name, meter, operation, family, unit, price, monthly, resources, weekend, growth, scope, kind, shape, grp, waste)
order by line
