"""SageMaker without containers: the same API, training and serving as processes of this machine."""
