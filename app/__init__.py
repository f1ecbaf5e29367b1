"""yibao (医保小助手): answers parents on WeChat from curated, cited documents."""

__version__ = "0.1.0"
