"""Kinesis to Lambda as AWS documents event source mappings, which MiniStack does not keep to.

https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
"""
