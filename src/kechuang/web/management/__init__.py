"""Commands of the site for Django: `python -m kechuang.web <command>`."""
