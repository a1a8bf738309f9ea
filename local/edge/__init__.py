"""The one address of the laptop cloud: what CloudFront is in AWS, and the outbox."""
