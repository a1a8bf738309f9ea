"""The VPC that the database and the functions share, and whom each admits."""

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk.config import Network


class NetworkBesideDatabase(Construct):
    """Two zones, each with a public subnet (NAT), one for functions, and one for the database that leads nowhere."""

    def __init__(self, scope: Construct, construct_id: str, *, network: Network) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.40.0.0/16"),
            availability_zones=Stack.of(self).availability_zones,
            nat_gateways=network.nat_gateways,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24, map_public_ip_on_launch=False
                ),
                ec2.SubnetConfiguration(name="functions", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=20),
                ec2.SubnetConfiguration(name="database", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24),
            ],
        )
        self.vpc.add_flow_log("FlowLog", traffic_type=ec2.FlowLogTrafficType.REJECT)
        self.functions_group = ec2.SecurityGroup(
            self, "FunctionsGroup", vpc=self.vpc, description="Functions that reach the database"
        )
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
        for service in network.interface_endpoints:
            endpoint = self.vpc.add_interface_endpoint(
                service, service=ec2.InterfaceVpcEndpointAwsService(service), private_dns_enabled=True, open=False
            )
            endpoint.connections.allow_default_port_from(self.functions_group, "functions")
