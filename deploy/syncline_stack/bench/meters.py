"""Invented meters in the number and variety of a real month: about 350 of some 130 products."""

from dataclasses import dataclass
from decimal import Decimal

from syncline_sandbox.dice import dice
from syncline_sandbox.invoice_lines import make_guid

PRODUCTS = 130
METERS = 350
_REGIONS = (("AU East", "australiaeast"), ("AU Southeast", "australiasoutheast"), ("", "Global"))


@dataclass(frozen=True, slots=True)
class Family:
    """What meters of one service have in common."""

    category: str
    product: str
    unit: str
    provider: str
    info: str
    """AdditionalInfo of its resources; `%s` is the size."""
    sizes: tuple[str, ...]
    cents: int
    """Upper end of its prices, in hundredths of a cent."""
    hourly: bool = False


FAMILIES = (
    Family(
        "Virtual Machines", "Virtual Machines Dsv5 Series", "1 Hour",
        "Microsoft.Compute/virtualMachines",
        '{"UsageType":"ComputeHR","ImageType":"Windows Server, BYOL","ServiceType":"Standard_%s",'
        '"VMName":null,"VMProperties":"Premium, encrypted","VCPUs":4,"UsageResourceKind":"IaaS"}',
        ("D2s_v5", "D4s_v5", "D8s_v5", "D16s_v5"), 12800, hourly=True,
    ),
    Family(
        "Virtual Machines", "Virtual Machines BS Series", "1 Hour",
        "Microsoft.Compute/virtualMachines",
        '{"UsageType":"ComputeHR","ImageType":"Canonical","ServiceType":"Standard_%s","VCPUs":2}',
        ("B1ms", "B2s", "B2ms", "B4ms"), 2400, hourly=True,
    ),
    Family(
        "Virtual Machines Licenses", "Windows Server Licence", "1 Hour",
        "Microsoft.Compute/virtualMachines",
        '{"UsageType":"ComputeHR_SW","ImageType":"Windows Server","ServiceType":"Standard_%s"}',
        ("4 vCPU", "8 vCPU", "16 vCPU"), 4600, hourly=True,
    ),
    Family(
        "Storage", "Premium SSD Managed Disks", "1/Month", "Microsoft.Compute/disks",
        '{"DiskType":"Premium_LRS","Tier":"%s","Note":"attached, in use"}',
        ("P6 LRS Disk", "P10 LRS Disk", "P20 LRS Disk", "P30 LRS Disk"), 1900000,
    ),
    Family(
        "Storage", "Blob Storage", "1 GB/Month", "Microsoft.Storage/storageAccounts",
        '{"AccountKind":"StorageV2","Replication":"%s"}',
        ("Hot LRS Data Stored", "Cool LRS Data Stored", "Archive GRS Data Stored"), 280,
    ),
    Family(
        "Storage", "Tables and Queues", "10K", "Microsoft.Storage/storageAccounts", "",
        ("Class 1 Operations", "Batch Write Operations", "Read Operations"), 6,
    ),
    Family(
        "Bandwidth", "Rtn Preference: MGN", "1 GB", "Microsoft.Network/publicIPAddresses", "",
        ("Standard Data Transfer Out", "Inter-Region Data Transfer Out"), 1800,
    ),
    Family(
        "SQL Database", "SQL Database Single General Purpose", "1/Hour",
        "Microsoft.Sql/servers", '{"vCores":"%s","SLO":"GP_Gen5","Zones":"1, 2"}',
        ("2 vCore", "4 vCore", "8 vCore"), 25000, hourly=True,
    ),
    Family(
        "Log Analytics", "Log Analytics", "1 GB", "Microsoft.OperationalInsights/workspaces",
        "", ("Pay-as-you-go Data Ingestion", "Data Retention"), 43000,
    ),
    Family(
        "Azure App Service", "Azure App Service Premium v3 Plan", "1 Hour",
        "Microsoft.Web/serverFarms", '{"Plan":"%s","OS":"Linux, containers"}',
        ("P0v3 App", "P1v3 App", "P2v3 App"), 6400, hourly=True,
    ),
    Family(
        "Backup", "Backup", "1/Month", "Microsoft.RecoveryServices/vaults",
        '{"Protected":"%s"}', ("Azure VM Protected Instances", "SQL Server in Azure VM"), 100000,
    ),
    Family(
        "Virtual Network", "IP Addresses", "1 Hour", "Microsoft.Network/publicIPAddresses", "",
        ("Standard IPv4 Static Public IP", "Basic IPv4 Static Public IP"), 50, hourly=True,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter with its catalogue ids and its list price in US dollars."""

    family: Family
    meter_id: str
    product_id: str
    sku_id: str
    availability_id: str
    size: str
    name: str
    sub_category: str
    region: str
    location: str
    price: Decimal

    @property
    def product_name(self) -> str:
        """The product's title."""
        return f"{self.family.product} - {self.size} - {self.region or 'Global'}"


def make_meters(seed: int) -> tuple[Meter, ...]:
    """Invent them; each product has two or three."""
    return tuple(_meter(seed, number) for number in range(METERS))


def _meter(seed: int, number: int) -> Meter:
    product = number % PRODUCTS
    family = FAMILIES[product % len(FAMILIES)]
    rng = dice("daily-usage-meter", seed, number)
    size = family.sizes[number % len(family.sizes)]
    region, location = _REGIONS[product % len(_REGIONS)]
    # Now and then a no-break space stands in a name, as in real files.
    name = size.replace(" ", "\u00a0") if number % 50 == 0 else size
    return Meter(
        family=family,
        meter_id=make_guid(rng),
        product_id=f"DZH318Z0{0xB1C0 + product * 31:04X}",
        sku_id=f"{number * 7 % 120 + 1:04}",
        availability_id=f"DZH318Z{rng.randrange(16**5):05X}",
        size=size,
        name=name,
        sub_category=f"{family.product} {region}".strip(),
        region=region,
        location=location,
        price=Decimal(rng.randint(1, family.cents)).scaleb(-6 if family.cents < 10 else -4),
    )
