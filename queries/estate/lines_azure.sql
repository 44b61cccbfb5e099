-- What does the sample company use on Azure, in which amounts?
--
-- grain:   one row per line (a meter)
-- source:  invented amounts at pay-as-you-go prices in EUR seen in 2025 (illustrative); price is per unit of measure
--          as printed ("10K" = ten thousand); columns as in lines_aws.sql, kind = resource provider and type
select
    'azure' as provider, line, service_code, service_name, meter, operation, family, unit, price::decimal(18, 10) as price,
    monthly::double as monthly, resources, weekend::double as weekend, growth::double as growth, scope, kind, shape, grp, waste,
from (values
    ('az-vm-res', 'Microsoft.Compute', 'Virtual Machines', 'D16s v5', 'Virtual Machines Dsv5 Series', 'Compute', '1 Hour', 0.768, 0, 11, 1.0, 0.0, 'prod', 'Microsoft.Compute/virtualMachines', 'reserved', 'azres1', null),
    ('az-vm-res2', 'Microsoft.Compute', 'Virtual Machines', 'E16s v5', 'Virtual Machines Esv5 Series', 'Compute', '1 Hour', 1.008, 0, 6, 1.0, 0.0, 'prod', 'Microsoft.Compute/virtualMachines', 'reserved', 'azres2', null),
    ('az-vm-plan', 'Microsoft.Compute', 'Virtual Machines', 'D8s v5', 'Virtual Machines Dsv5 Series', 'Compute', '1 Hour', 0.384, 19600, 14, 0.85, 0.008, 'all', 'Microsoft.Compute/virtualMachines', 'plan', 'azplan', null),
    ('az-vm-win', 'Microsoft.Compute', 'Virtual Machines', 'D8s v5', 'Virtual Machines Dsv5 Series Windows', 'Compute', '1 Hour', 0.752, 0, 8, 1.0, 0.0, 'prod', 'Microsoft.Compute/virtualMachines', 'hours', 'azwin', 'az.ahb.windows'),
    ('az-vm-night', 'Microsoft.Compute', 'Virtual Machines', 'D4s v5', 'Virtual Machines Dsv5 Series', 'Compute', '1 Hour', 0.192, 0, 9, 1.0, 0.0, 'dev', 'Microsoft.Compute/virtualMachines', 'hours', 'aznight', 'az.schedule'),
    ('az-vm-spot', 'Microsoft.Compute', 'Virtual Machines', 'F16s v2 Spot', 'Virtual Machines FSv2 Series', 'Compute', '1 Hour', 0.1354, 3200, 4, 0.5, 0.015, 'data', 'Microsoft.Compute/virtualMachines', 'flow', 'azspot', null),
    ('az-disk', 'Microsoft.Compute', 'Storage', 'P30 LRS Disk', 'Premium SSD Managed Disks', 'Storage', '1 /Month', 122.88, 12700, 14, 1.0, 0.006, 'all', 'Microsoft.Compute/disks', 'flow', 'azdisk', null),
    ('az-disk-orphan', 'Microsoft.Compute', 'Storage', 'P20 LRS Disk', 'Premium SSD Managed Disks', 'Storage', '1 /Month', 66.56, 420, 3, 1.0, 0.0, 'dev', 'Microsoft.Compute/disks', 'flow', 'azorphan', 'az.disk.orphan'),
    ('az-snap-premium', 'Microsoft.Compute', 'Storage', 'Premium LRS Snapshots', 'Premium SSD Managed Disks', 'Storage', '1 GB/Month', 0.12, 610, 2, 1.0, 0.0, 'all', 'Microsoft.Compute/snapshots', 'flow', 'azsnap', 'az.snap.premium'),
    ('az-blob-hot', 'Microsoft.Storage', 'Storage', 'Hot LRS Data Stored', 'Tiered Block Blob', 'Storage', '1 GB/Month', 0.0184, 21300, 12, 1.0, 0.016, 'all', 'Microsoft.Storage/storageAccounts', 'flow', 'azblob', null),
    ('az-blob-write', 'Microsoft.Storage', 'Storage', 'Hot LRS Write Operations', 'Tiered Block Blob', 'Storage', '10K', 0.05, 4200, 12, 0.7, 0.014, 'all', 'Microsoft.Storage/storageAccounts', 'flow', 'azblob', null),
    ('az-sql', 'Microsoft.Sql', 'SQL Database', 'vCore', 'SQL Database Single/Elastic Pool General Purpose - Compute Gen5', 'Databases', '1 Hour', 0.1525, 33100, 14, 1.0, 0.008, 'prod', 'Microsoft.Sql/servers/hf-sql/databases', 'flow', 'azsql', null),
    ('az-sql-storage', 'Microsoft.Sql', 'SQL Database', 'General Purpose Data Stored', 'SQL Database Single/Elastic Pool General Purpose - Storage', 'Databases', '1 GB/Month', 0.115, 5300, 14, 1.0, 0.012, 'prod', 'Microsoft.Sql/servers/hf-sql/databases', 'flow', 'azsql', null),
    ('az-cosmos', 'Microsoft.DocumentDB', 'Azure Cosmos DB', '100 RU/s', 'Azure Cosmos DB autoscale', 'Databases', '1/Hour', 0.0111, 20800, 7, 0.75, 0.018, 'prod', 'Microsoft.DocumentDB/databaseAccounts', 'flow', 'azcosmos', null),
    ('az-aks', 'Microsoft.ContainerService', 'Azure Kubernetes Service', 'Standard Uptime SLA', 'Azure Kubernetes Service', 'Compute', '1 Hour', 0.0928, 0, 5, 1.0, 0.0, 'all', 'Microsoft.ContainerService/managedClusters', 'hours', 'azaks', null),
    ('az-app', 'Microsoft.Web', 'Azure App Service', 'P2 v3 App', 'Azure App Service Premium v3 Plan - Linux', 'Compute', '1 Hour', 0.31, 8400, 8, 1.0, 0.006, 'all', 'Microsoft.Web/serverfarms', 'flow', 'azapp', null),
    ('az-func', 'Microsoft.Web', 'Functions', 'Standard Execution Time', 'Functions', 'Compute', '1 GB Second', 0.0000142, 3600, 6, 0.7, 0.02, 'prod', 'Microsoft.Web/sites', 'flow', 'azfunc', null),
    ('az-hub', 'Microsoft.EventHub', 'Event Hubs', 'Standard Throughput Unit', 'Event Hubs', 'Internet of Things', '1 Hour', 0.0276, 4900, 4, 0.85, 0.015, 'prod', 'Microsoft.EventHub/namespaces', 'flow', 'azhub', null),
    ('az-bus', 'Microsoft.ServiceBus', 'Service Bus', 'Premium Messaging Unit', 'Service Bus', 'Integration', '1 Hour', 0.854, 0, 4, 1.0, 0.0, 'prod', 'Microsoft.ServiceBus/namespaces', 'hours', 'azbus', null),
    ('az-logs', 'Microsoft.OperationalInsights', 'Log Analytics', 'Analytics Logs Data Ingestion', 'Azure Monitor', 'Management and Governance', '1 GB', 2.53, 15900, 7, 0.78, 0.016, 'all', 'Microsoft.OperationalInsights/workspaces', 'flow', 'azlogs', null),
    ('az-band', 'Microsoft.Network', 'Bandwidth', 'Standard Data Transfer Out', 'Rtn Preference: MGN', 'Networking', '1 GB', 0.0738, 6600, 6, 0.72, 0.014, 'prod', 'Microsoft.Compute/virtualMachines', 'flow', 'azplan', null),
    ('az-vpn', 'Microsoft.Network', 'VPN Gateway', 'VpnGw2', 'VPN Gateway', 'Networking', '1 Hour', 0.451, 0, 3, 1.0, 0.0, 'network', 'Microsoft.Network/virtualNetworkGateways', 'hours', 'azvpn', null),
    ('az-fd', 'Microsoft.Cdn', 'Azure Front Door Service', 'Standard Data Transfer Out', 'Azure Front Door', 'Networking', '1 GB', 0.076, 6900, 3, 0.75, 0.016, 'prod', 'Microsoft.Cdn/profiles', 'flow', 'azfd', null),
    ('az-ip-idle', 'Microsoft.Network', 'Virtual Network', 'Standard IPv4 Static Public IP', 'IP Addresses', 'Networking', '1 Hour', 0.0046, 0, 4, 1.0, 0.0, 'dev', 'Microsoft.Network/publicIPAddresses', 'hours', 'azip', 'az.ip.orphan'),
    ('az-nat-idle', 'Microsoft.Network', 'NAT Gateway', 'Standard Gateway', 'NAT Gateway', 'Networking', '1 Hour', 0.0415, 0, 1, 1.0, 0.0, 'dev', 'Microsoft.Network/natGateways', 'hours', 'aznat', 'az.natgw.idle'),
    ('az-redis', 'Microsoft.Cache', 'Redis Cache', 'P2 Cache Instance', 'Azure Redis Cache Premium', 'Databases', '1 Hour', 0.9978, 0, 4, 1.0, 0.0, 'prod', 'Microsoft.Cache/Redis', 'hours', 'azredis', null),
    ('az-dbx', 'Microsoft.Databricks', 'Azure Databricks', 'Premium Jobs Compute DBU', 'Azure Databricks Regional', 'Analytics', '1 Hour', 0.276, 11300, 3, 0.55, 0.02, 'data', 'Microsoft.Databricks/workspaces', 'flow', 'azdbx', null),
    ('az-openai', 'Microsoft.CognitiveServices', 'Foundry Models', 'gpt 4o Inp glbl Tokens', 'Azure OpenAI', 'AI + Machine Learning', '1K', 0.0023, 5100, 3, 0.5, 0.04, 'data', 'Microsoft.CognitiveServices/accounts', 'flow', 'azoai', null),
    ('az-defender', 'Microsoft.Security', 'Microsoft Defender for Cloud', 'Standard P2 Node', 'Microsoft Defender for Servers', 'Security', '1/Hour', 0.02, 3100, 4, 1.0, 0.004, 'security', 'Microsoft.Security/pricings', 'flow', 'azdef', null),
    ('az-kv', 'Microsoft.KeyVault', 'Key Vault', 'Operations', 'Key Vault', 'Security', '10K', 0.0276, 620, 6, 0.75, 0.012, 'all', 'Microsoft.KeyVault/vaults', 'flow', 'azkv', null),
    ('az-backup', 'Microsoft.RecoveryServices', 'Backup', 'GRS Data Stored', 'Backup', 'Storage', '1 GB/Month', 0.0412, 3500, 4, 1.0, 0.012, 'all', 'Microsoft.RecoveryServices/vaults', 'flow', 'azbak', null)
) as v (line, service_code, service_name, meter, operation, family, unit, price, monthly, resources, weekend, growth, scope, kind, shape, grp, waste)
order by line
